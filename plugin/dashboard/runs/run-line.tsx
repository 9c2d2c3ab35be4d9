import { memo, type ReactElement } from "react";
import type { RunRow } from "../api/response-types.ts";
import { linkTo } from "../components/router.ts";
import { formatShortDuration } from "../design/format-time.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize, getStatusStyle } from "../design/tone.ts";

const MAX_TEXT_LENGTH = 200;

/** One run in a list. */
export const RunLine = memo(function RunLine({ run }: { run: RunRow }): ReactElement {
  const { runId, status, phase, title, workflowId, done, total, problem, updatedAt, createdAt, endedAt, forkedFrom } =
    run;
  const name = (title ?? runId).slice(0, MAX_TEXT_LENGTH);
  const ms = createdAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(createdAt);
  return (
    <a className="list-link" href={linkTo(["runs", runId])} data-row>
      <StatusMark status={phase} />
      <span className="list-title">
        <span className="cut" title={name}>
          {name}
        </span>
        <span className={problem === null ? "cut list-note" : "cut list-note run-problem"} title={problem ?? ""}>
          {problem ?? `${formatMarks(run)}${runId}${forkedFrom === null ? "" : `, forked from ${forkedFrom}`}`}
        </span>
      </span>
      <span className="run-status list-wide">{humanize(phase)}</span>
      <span className="run-workflow list-wide cut dim" title={workflowId ?? ""}>
        {workflowId ?? ""}
      </span>
      <span className="run-progress">
        <Progress done={done} total={total} status={status} />
      </span>
      <span className="list-side run-took list-wide">{formatShortDuration(ms)}</span>
      <span className="list-side run-when">
        <Time at={updatedAt} isShort />
      </span>
    </a>
  );
});

/** What is not proven of a run: whoever reads the list is not to take it for done. */
function formatMarks({ unverified, bypassed }: RunRow): string {
  return `${unverified === 0 ? "" : `${unverified} unverified, `}${bypassed === 0 ? "" : `${bypassed} bypassed, `}`;
}

/** How many nodes of a run are done. */
export function Progress({ done, total, status }: { done: number; total: number; status: string }): ReactElement {
  const share = total === 0 ? 0 : Math.round((done / total) * 100);
  return (
    <span className={`progress tone-${getStatusStyle(status).tone}`} title={`${done} of ${total} nodes done`}>
      <span className="progress-bar" aria-hidden="true">
        <span style={{ width: `${share}%` }} />
      </span>
      <span className="progress-text">
        {done}/{total}
        <span className="spoken"> nodes done</span>
      </span>
    </span>
  );
}
