import { useQuery } from "@tanstack/react-query";
import { memo, type ReactElement } from "react";
import type { AttentionList, RunRow } from "../api/answers.ts";
import { attentionQuery } from "../api/queries.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { lengthText } from "../design/time-text.ts";
import { wordsOf } from "../design/tone.ts";
import { linkTo } from "../shell/router.ts";
import { Progress } from "./progress.tsx";

const MOST_SHOWN = 200;

/** Runs that go on and wait for a person's answer: the row of a run says only that it goes on. */
function runsThatAsk({ items }: AttentionList): ReadonlySet<string> {
  return new Set(items.filter(({ kind }) => kind === "waiting_approval").map(({ subject }) => subject.id));
}

/** One run in a list. */
export const RunLine = memo(function RunLine({ run }: { run: RunRow }): ReactElement {
  const { runId, status, title, workflowId, done, total, problem, updatedAt, createdAt, endedAt, forkedFrom } = run;
  const name = (title ?? runId).slice(0, MOST_SHOWN);
  const asking = useQuery({ ...attentionQuery, select: runsThatAsk }).data;
  const isHeldUp = problem !== null && status !== "unreadable";
  const shown = isHeldUp
    ? "blocked"
    : status === "running" && asking?.has(runId) === true
      ? "waiting_approval"
      : status;
  const ms = createdAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(createdAt);
  return (
    <a className="list-link" href={linkTo(["runs", runId])} data-row>
      <StatusMark status={shown} />
      <span className="list-title">
        <span className="cut" title={name}>
          {name}
        </span>
        <span className={problem === null ? "cut list-note" : "cut list-note run-problem"} title={problem ?? ""}>
          {problem ?? `${runId}${forkedFrom === null ? "" : `, forked from ${forkedFrom}`}`}
        </span>
      </span>
      <span className="run-status list-wide">{wordsOf(shown)}</span>
      <span className="run-workflow list-wide cut dim" title={workflowId ?? ""}>
        {workflowId ?? ""}
      </span>
      <span className="run-progress">
        <Progress done={done} total={total} status={status} />
      </span>
      <span className="list-side run-took list-wide">{lengthText(ms)}</span>
      <span className="list-side run-when">
        <Time at={updatedAt} isShort />
      </span>
    </a>
  );
});
