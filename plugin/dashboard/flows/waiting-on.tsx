import type { ReactElement } from "react";
import type { FlowRecord, FlowView } from "../api/response-types.ts";
import { Panel } from "../design/panel.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";

/** The first question about a flow: what is this job waiting on? */
export function WaitingOnPanel({ flow, view }: { flow: FlowRecord; view: FlowView }): ReactElement {
  const isEnded = flow.endedAt !== null;
  return (
    <Panel title="What is it waiting on?">
      {view.waitingOn.length === 0 ? (
        <p className="line">
          <StatusMark status={flow.status} isNamed />
          {isEnded ? `Nothing: it has ended, ${humanize(flow.status)}.` : "Nothing: its owner is at it."}
        </p>
      ) : (
        <ul className="waits">
          {view.waitingOn.map((wait, index) => (
            <li key={index}>
              <StatusMark status={wait.over === null ? "waiting" : "done"} isNamed />
              <span className="wrap">
                {wait.what}
                {wait.over === null ? null : <strong className="waits-over">: {wait.over}; it can go on</strong>}
              </span>
              <span className="list-side">
                <Time at={wait.since} isShort />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
