import type { TaskEventDraft } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import { planUpdate } from "./plan-result-delivery.ts";

/** What matters of work whose changes are told. */
export type ChangingWork = Pick<TaskRecord, "notify" | "route" | "update" | "phase">;

/** Words for a change that a requester with the policy `state_changes` hears of. */
const WAITING: Readonly<Record<string, string>> = {
  waiting_user: "is waiting for an answer",
  waiting_approval: "is waiting for an approval",
  waiting_dependency: "is waiting for other work",
};

/**
 * Plans a message about a change of state, for tasks that tell them: it has started, it waits, it goes on, it
 * begins again. The end is told by the result's own delivery.
 */
export function planUpdateNotice(
  task: ChangingWork | undefined,
  drafts: readonly TaskEventDraft[],
  now: Micros,
): TaskEventDraft[] {
  if (task?.notify !== "state_changes" || task.route === null) return [];
  if (drafts.some(({ event }) => event === "task.ended")) return [];
  const notice = drafts.map((draft) => describeChange(task, draft)).find((text) => text !== undefined);
  if (notice === undefined) return [];
  return [planUpdate(task.route, notice, (task.update?.generation ?? 0) + 1, now)];
}

function describeChange(task: ChangingWork, draft: TaskEventDraft): string | undefined {
  switch (draft.event) {
    case "task.started":
      return "has started";
    case "task.attempt_started":
      return "was interrupted and goes on";
    case "task.progressed":
    case "task.reported": {
      const { phase, update } = draft.step ?? {};
      if (phase === undefined || phase === null || phase === task.phase) return undefined;
      const waits = WAITING[phase];
      if (waits !== undefined) return update === undefined ? waits : `${waits}: ${update}`;
      return WAITING[task.phase ?? ""] === undefined ? undefined : "goes on";
    }
    default:
      return undefined;
  }
}
