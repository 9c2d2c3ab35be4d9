import type { ReactElement } from "react";
import { CodeBlock } from "../design/code-block.tsx";
import { Time } from "../design/time.tsx";
import { formatEvent, type EventListItem } from "./event-text.ts";
import "./event-list.css";

/** Lines of a journal; each opens to what is written there. */
export function EventList({
  events,
  onSeq,
}: {
  events: readonly EventListItem[];
  onSeq?: (seq: number) => void;
}): ReactElement {
  return (
    <ol className="events">
      {events.map((event) => (
        <li key={event.seq}>
          <details className="event">
            <summary>
              <span className="event-seq">{event.seq}</span>
              <span className="event-name">{event.event}</span>
              <span className="cut event-text" title={formatEvent(event)}>
                {formatEvent(event)}
              </span>
              <span className="list-side">
                <Time at={event.timestamp} isShort />
              </span>
            </summary>
            <CodeBlock text={JSON.stringify(event, null, 2)} label={`event ${event.seq}`} />
            {onSeq === undefined ? null : (
              <button type="button" className="event-then" onClick={() => onSeq(event.seq)}>
                Show the run as it was then
              </button>
            )}
          </details>
        </li>
      ))}
    </ol>
  );
}
