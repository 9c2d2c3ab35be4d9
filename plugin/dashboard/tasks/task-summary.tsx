import type { ReactElement, ReactNode } from "react";
import type { TaskListItem } from "../api/response-types.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { getStatusStyle, humanize } from "../design/tone.ts";

/** Doing what, blocked, why, needs somebody, done and not reported: each in its place, always in the same order. */
export function TaskSummary({ task }: { task: TaskListItem }): ReactElement {
  const { view } = task;
  const { answers } = view;
  const isEnded = view.phase === "done" || view.phase === "failed";
  const phase = isEnded ? task.status : view.phase;
  const delivery = task.delivery?.state ?? "none";
  return (
    <dl className="answers">
      <SummaryRow name={isEnded ? "Did it work?" : "What is it doing?"} status={phase}>
        {isEnded ? humanize(task.status) : answers.doing}
        <Note text={isEnded ? null : view.latestUpdate} />
      </SummaryRow>
      <SummaryRow name="Is it blocked?" status={answers.isBlocked ? "blocked" : "done"}>
        {answers.isBlocked ? humanize(view.blockReason ?? "yes") : "no"}
        {view.stalledSince === null ? null : (
          <span className="answers-note">
            no step since <Time at={view.stalledSince} />
          </span>
        )}
      </SummaryRow>
      <SummaryRow
        name="Why?"
        status={isEnded && task.errorSummary !== null ? task.status : answers.why === null ? "done" : "waiting"}
      >
        {answers.why ?? (isEnded ? (task.errorSummary ?? "it went well") : "nothing holds it up")}
      </SummaryRow>
      <SummaryRow name="Does it need you?" status={answers.needsSomebody ? "waiting_user" : "done"}>
        {answers.needsSomebody ? "yes" : "no"}
        <Note text={getSuggestion(task)} />
      </SummaryRow>
      <SummaryRow name="Was it delivered?" status={delivery}>
        {isEnded
          ? `${humanize(delivery === "none" ? "no one is to be notified" : delivery)}${answers.isDoneNotReported ? " (done, not reported)" : ""}`
          : "not finished yet"}
        <Note text={task.delivery?.reason} />
      </SummaryRow>
    </dl>
  );
}

/** Its commands are for the command line; here there are buttons. */
function getSuggestion({ view, delivery, status }: TaskListItem): string | null {
  if (view.suggestion?.commands === undefined) return view.suggestedAction;
  if (delivery?.state === "ambiguous") return "Check whether the message arrived; then send it again or dismiss it.";
  if (delivery?.state === "failed") return "Send it again, or dismiss it.";
  if (view.phase === "done" || view.phase === "failed") return null;
  return status === "queued"
    ? "Look at what is known of it; cancel it to give it up."
    : "Look at its latest steps; then wait, or cancel it.";
}

function SummaryRow({ name, status, children }: { name: string; status: string; children: ReactNode }): ReactElement {
  return (
    <div className={`answers-one tone-${getStatusStyle(status).tone}`}>
      <dt>{name}</dt>
      <dd className="wrap">
        <StatusMark status={status} isNamed />
        <span className="answers-text">{children}</span>
      </dd>
    </div>
  );
}

function Note({ text }: { text: string | null | undefined }): ReactElement | null {
  if (text === null || text === undefined || text === "") return null;
  return (
    <span className="answers-note" title={text}>
      {text}
    </span>
  );
}
