import type { Aggregate } from "../../model/aggregate.ts";
import { SCHEMA_VERSION } from "../../model/run-events.ts";
import type { TaskEvent, TaskEventDraft } from "../../model/task-events.ts";
import { formatMicros, nextMicros } from "../../model/time.ts";
import type { TaskCommand } from "./commands.ts";
import { decideTask } from "./decide.ts";
import { TaskTable } from "./task-table.ts";

/** All tasks whose record lies in one day's journal, and the time of its last line. */
export interface LedgerDay {
  tasks: TaskTable;
  lastTimestamp: string | undefined;
}

/** A draft that knows its task: one journal holds many. */
export type LedgerDraft = TaskEventDraft & { taskId: string; source: string };

export const ledgerDayAggregate: Aggregate<LedgerDay, TaskEvent, LedgerDraft, TaskCommand> = {
  decide(day, command, context) {
    const drafts = decideTask(day?.tasks.get(command.taskId), command, context);
    return drafts.map((draft) => ({ ...draft, taskId: command.taskId, source: command.source }));
  },
  stamp(draft, { state, seq, now, operation }) {
    const { event, taskId, source, ...rest } = draft;
    const timestamp = formatMicros(nextMicros(now, state?.lastTimestamp));
    const schema = event === "task.created" ? { schema: SCHEMA_VERSION } : {};
    return { event, timestamp, taskId, seq, source, ...operation, ...rest, ...schema };
  },
  spanning: (first, span) => ({ ...first, span }),
  /** The table is shared between versions of the day: copying it for each event would make a busy day slow. */
  evolve(day, event) {
    const tasks = day?.tasks ?? new TaskTable();
    tasks.fold(event);
    return { tasks, lastTimestamp: event.timestamp };
  },
};
