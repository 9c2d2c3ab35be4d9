import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { healthQuery } from "../api/queries.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";

/** That nothing can be seen here, when nobody records: a quiet page would look like a good one. */
export function RecorderStatusLine(): ReactElement | null {
  const { data: health } = useQuery(healthQuery);
  if (health === undefined || health.recorder?.stale === false) return null;
  return (
    <p className="recorder-line">
      <StatusMark status="stalled" />
      <span>
        {health.recorder === null ? (
          "Nothing is recorded here: no gateway works on this registry."
        ) : (
          <>
            Nothing is recorded now: the gateway was last heard of <Time at={health.recorder.updatedAt} />.
          </>
        )}{" "}
        <a href="#/health">See Health</a>
      </span>
    </p>
  );
}
