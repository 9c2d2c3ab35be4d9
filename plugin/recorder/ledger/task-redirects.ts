import {
  findConcurrentTask,
  type LedgerDay,
  type LedgerIndex,
  type TaskCommand,
} from "../../../registry-helper/internal.ts";

/**
 * Where signals land that were meant for a new task: on the task that another process made for the same work between
 * the look for one and the lock. One piece of work has one task, whoever made it.
 */
export class TaskRedirects {
  private readonly index: LedgerIndex;
  private readonly onMove: (from: string, to: string) => void;
  /** Ids that were meant for new tasks, and those of the tasks that were there. */
  private readonly redirected = new Map<string, string>();

  /** @param onMove told that what is known of the first id belongs to the second */
  constructor(index: LedgerIndex, onMove: (from: string, to: string) => void) {
    this.index = index;
    this.onMove = onMove;
  }

  /** The command as it has to be decided. Asked under the lock of the day. */
  redirect(state: LedgerDay | undefined, command: TaskCommand): TaskCommand {
    if (command.type !== "signal") return command;
    const { parentTaskId } = command.facts;
    const parent = parentTaskId === undefined ? undefined : this.redirected.get(parentTaskId);
    const given = parent === undefined ? command : { ...command, facts: { ...command.facts, parentTaskId: parent } };
    const { taskId } = given;
    if (!this.redirected.has(taskId) && state?.tasks.has(taskId) !== true) {
      const other = findConcurrentTask(this.index, given);
      if (other === undefined) return given;
      this.redirected.set(taskId, other);
      this.onMove(taskId, other);
    }
    return { ...given, taskId: this.redirected.get(taskId) ?? taskId };
  }

  /** Nothing waits any more that could name one of them. */
  clear(): void {
    this.redirected.clear();
  }
}
