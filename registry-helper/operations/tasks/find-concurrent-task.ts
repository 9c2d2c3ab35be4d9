import type { TaskSignal } from "../../domain/task/commands.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { parseDayFromId } from "../../model/ids.ts";
import type { LedgerIndex } from "../../views/queries/ledger-index.ts";

const isRun = (name: string): boolean => name.startsWith("run:");

/**
 * The task that another process made for the same work after this one had looked for it; undefined when there is none.
 * The gateway hears of a child in the moment in which its agent takes it into a flow: whoever is about to make a task
 * asks this with the lock of the day's journal held, else the work has two.
 */
export function findConcurrentTask(
  index: LedgerIndex,
  { taskId: mine, names }: Pick<TaskSignal, "taskId" | "names">,
): string | undefined {
  const day = parseDayFromId(mine) ?? "";
  index.getSnapshot(day).checkpoint();
  for (const name of names) {
    // The host's two-word names of processes come again for other work.
    if (name.startsWith("exec:")) continue;
    const taskId = index.getTaskId(name);
    if (taskId === undefined || taskId === mine || parseDayFromId(taskId) !== day) continue;
    if (!name.startsWith("session:")) return taskId;
    // A session may be used again: another run in it is other work.
    const task = index.task(taskId);
    const isOther = task === undefined || isTerminalTask(task) || (names.some(isRun) && task.names.some(isRun));
    if (!isOther) return taskId;
  }
  return undefined;
}
