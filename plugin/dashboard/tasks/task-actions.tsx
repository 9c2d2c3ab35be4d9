import { type ReactElement, useState } from "react";
import { taskPrecondition } from "../api/preconditions.ts";
import type { TaskResponse } from "../api/response-types.ts";
import { toActionRequest, useAction, useCanWrite } from "../api/use-action.ts";
import { ActionButton } from "../components/action-button.tsx";
import { isUndelivered } from "../components/is-undelivered.ts";

const POLICIES = {
  done_only: "tell the end",
  state_changes: "tell each change",
  silent: "tell nothing",
} as const;

/** What can be done about a task as it stands. */
export function TaskActions({ answer }: { answer: TaskResponse }): ReactElement {
  const { task } = answer;
  const precondition = taskPrecondition(answer);
  const { taskId } = task;
  const isEnded = task.endedAt !== null;
  const delivery = task.delivery?.state ?? "none";
  const canSendAgain =
    isEnded && ["failed", "ambiguous", "delivered", "session_queued", "dismissed"].includes(delivery);
  const needsDecision = isEnded && isUndelivered(delivery);
  const isSilentFailure = isEnded && delivery === "none" && task.status !== "succeeded" && task.status !== "cancelled";
  return (
    <>
      {isEnded ? null : <NotifyChoice task={task} />}
      {canSendAgain && needsDecision ? (
        <ActionButton
          variant="primary"
          icon="retry"
          action={toActionRequest("tasks", taskId, "retry", {
            label: "Retry delivery",
            precondition,
            done: "The result will be sent again",
          })}
          {...(delivery === "ambiguous" ? { confirm: "Nobody knows whether it arrived. It may arrive twice." } : {})}
        />
      ) : null}
      {needsDecision || isSilentFailure ? (
        <ActionButton
          icon="check"
          action={toActionRequest("tasks", taskId, "dismiss", {
            label: "Dismiss",
            precondition,
            done: "Dismissed: nobody needs to see to it",
          })}
          words={{ name: "reason", label: "Why nobody needs it (optional)" }}
        />
      ) : null}
      {isEnded || task.cancel?.outcome === "asked" ? null : (
        <ActionButton
          variant="danger"
          icon="stop"
          action={toActionRequest("tasks", taskId, "cancel", {
            label: "Cancel",
            precondition,
            done: "Cancelling was asked for; the gateway carries it out",
          })}
          confirm={
            task.capabilities.canCancel
              ? "Its worker is told to stop. What it did until now stays."
              : `It probably cannot be stopped: ${task.capabilities.whyNot ?? ""}.`
          }
          words={{ name: "reason", label: "Reason (optional)" }}
        />
      )}
    </>
  );
}

function NotifyChoice({ task }: { task: TaskResponse["task"] }): ReactElement | null {
  const canWrite = useCanWrite();
  const { run, isBusy } = useAction();
  const [chosen, setChosen] = useState<string | undefined>();
  if (!canWrite) return null;
  return (
    <select
      className="input"
      aria-label="What its requester is told"
      value={isBusy ? chosen : task.notify}
      aria-disabled={isBusy}
      onChange={(event) => {
        if (isBusy) return;
        const policy = event.target.value;
        setChosen(policy);
        const done = `From now on: ${POLICIES[policy as keyof typeof POLICIES]}`;
        const command = `clawtask tasks notify ${task.taskId} ${policy}`;
        run(toActionRequest("tasks", task.taskId, "notify", { label: "Notify", body: { policy }, command, done }));
      }}
    >
      {Object.entries(POLICIES).map(([policy, words]) => (
        <option key={policy} value={policy}>
          {words}
        </option>
      ))}
    </select>
  );
}
