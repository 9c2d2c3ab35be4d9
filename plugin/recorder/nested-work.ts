import { isTerminalTask, parseMicros, type TaskRecord } from "../../registry-helper/index.ts";

/** Only sessions of children are asked about: the work of a person's session is not below any other. */
const CHILD_SESSION = /^agent:[^:]*:(subagent|acp):/;
/** The host nests no deeper than five. */
const DEEPEST = 8;

interface Work {
  childSessionKey: string | null;
  /** Epoch milliseconds; null while it goes on. */
  endedAt: number | null;
}

/**
 * Knows which work was started by other detached work. A child that ends its turn while its own children
 * work is continued by the host once they are done, and announced only then.
 */
export class NestedWork {
  private readonly startedBy = new Map<string, Map<string, Work>>();

  learn(task: TaskRecord): void {
    const requester = task.requesterSessionKey;
    if (requester === null || !CHILD_SESSION.test(requester)) return;
    const works = this.startedBy.get(requester) ?? new Map<string, Work>();
    this.startedBy.set(requester, works);
    works.set(task.taskId, { childSessionKey: task.childSessionKey, endedAt: endOf(task) });
  }

  /** Since when nothing of the task and of the work below it goes on, in epoch ms; null while something does. */
  quietSince(task: TaskRecord): number | null {
    return this.latestEnd({ childSessionKey: task.childSessionKey, endedAt: endOf(task) }, DEEPEST);
  }

  private latestEnd(work: Work, depth: number): number | null {
    let latest = work.endedAt;
    if (work.childSessionKey === null || depth === 0) return latest;
    for (const below of this.startedBy.get(work.childSessionKey)?.values() ?? []) {
      const end = this.latestEnd(below, depth - 1);
      if (end === null || latest === null) return null;
      latest = Math.max(latest, end);
    }
    return latest;
  }
}

function endOf(task: TaskRecord): number | null {
  return isTerminalTask(task) ? Math.floor((parseMicros(task.endedAt) ?? 0) / 1000) : null;
}
