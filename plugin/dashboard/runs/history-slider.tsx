import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useState } from "react";
import { eventQuery } from "../api/queries.ts";
import { formatEvent } from "../components/event-text.ts";
import { useQueryValues } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { Time } from "../design/time.tsx";

/** Moving asks when it rests, not at every step. */
const REST_MS = 120;

/** The run at any position of its journal. */
export function HistorySlider({ runId, lastSeq }: { runId: string; lastSeq: number }): ReactElement {
  const [values, setValues] = useQueryValues();
  const at = Math.min(Number(values.get("at") ?? "0"), lastSeq);
  const isPast = at > 0;
  const [moved, setMoved] = useState<number | undefined>();
  useEffect(() => {
    if (moved === undefined) return;
    const timer = setTimeout(() => {
      setValues({ at: moved >= lastSeq ? null : String(moved) });
      setMoved(undefined);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [moved, lastSeq, setValues]);
  const shown = moved ?? (isPast ? at : lastSeq);
  const resting = isPast ? at : lastSeq;
  const { data: event } = useQuery({ ...eventQuery(runId, resting), enabled: resting > 0 });
  const what = event == null || event.seq !== shown ? "" : [event.event, formatEvent(event)].filter(Boolean).join(" ");
  return (
    <div className={isPast ? "past past-on" : "past"}>
      <label className="past-label" htmlFor="past-at">
        {isPast ? "As it was" : "Now"}
      </label>
      <input
        id="past-at"
        type="range"
        min={1}
        max={Math.max(1, lastSeq)}
        value={shown}
        aria-valuetext={[`event ${shown} of ${lastSeq}`, what].filter(Boolean).join(", ")}
        onChange={(event) => setMoved(Number(event.target.value))}
      />
      <span className={isPast ? "past-now" : "past-now past-idle"}>
        <Button onClick={() => setValues({ at: null })}>Back to now</Button>
      </span>
      <p className={event?.control === undefined ? "past-event" : "past-event past-asked"}>
        <span className="past-at">
          event {shown} of {lastSeq}
        </span>
        {event == null || what === "" ? null : (
          <>
            <span className="mono">{event.event}</span>
            <span className="cut" title={what}>
              {formatEvent(event)}
            </span>
            <span className="list-side">
              <Time at={event.timestamp} />
            </span>
          </>
        )}
      </p>
    </div>
  );
}
