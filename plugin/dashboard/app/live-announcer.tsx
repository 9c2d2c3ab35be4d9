import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useConnection } from "../api/connection.ts";
import { overviewQuery } from "../api/queries.ts";

/** Tells those who do not see the page what changed on it by itself. */
export function LiveAnnouncer(): ReactElement {
  const { data } = useQuery(overviewQuery);
  const { state } = useConnection();
  const [announcement, setAnnouncement] = useState("");
  const before = useRef<number | undefined>(undefined);
  const total = data?.attention.total;
  useEffect(() => {
    if (total === undefined) return;
    if (before.current !== undefined && before.current !== total)
      setAnnouncement(
        total === 0 ? "Nothing needs you any more" : `${total} ${total === 1 ? "thing needs" : "things need"} you`,
      );
    before.current = total;
  }, [total]);
  useEffect(() => {
    if (state === "lost") setAnnouncement("The server does not answer");
  }, [state]);
  return (
    <p className="spoken" aria-live="polite" data-announcer>
      {announcement}
    </p>
  );
}
