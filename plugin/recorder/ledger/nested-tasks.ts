import { isTerminalTask, parseMicros, type TaskRecord } from "../../../registry-helper/internal.ts";

/** Only sessions of detached work are asked about: the work of a person's session is not below any other. */
const WORKER_SESSION = /^agent:[^:]*:(subagent:|acp:|cron:.+:run:)/;
/** The host nests no deeper than five. */
const MAX_DEPTH = 8;

/** How work and everything below it stands. */
export interface SubtreeState {
  /** Since when nothing of it goes on, in epoch ms; null while something does. */
  since: number | null;
  /** The result of the work below it that ended last; undefined when there is none. */
  lastResult: string | undefined;
}

/**
 * Asks which work was started by other detached work. A child that ends its turn while its own children work
 * is continued by the host once they are done, and announced only then; a cron run whose children work has no
 * final result yet.
 *
 * @param startedBy the work that the worker of a session started
 */
export function getSubtreeState(
  task: TaskRecord,
  startedBy: (sessionKey: string) => readonly TaskRecord[],
): SubtreeState {
  const latest = findLatest(task, startedBy, MAX_DEPTH);
  if (latest === null) return { since: null, lastResult: undefined };
  const hasResult = latest !== task && latest.isPrivate !== true;
  return { since: getEndMs(latest), lastResult: hasResult ? (latest.result ?? undefined) : undefined };
}

/** What ended last of a task and the work below it; null while something goes on. */
function findLatest(
  task: TaskRecord,
  startedBy: (sessionKey: string) => readonly TaskRecord[],
  depth: number,
): TaskRecord | null {
  if (!isTerminalTask(task)) return null;
  const session = task.childSessionKey;
  if (session === null || depth === 0 || !WORKER_SESSION.test(session)) return task;
  let latest = task;
  for (const below of startedBy(session)) {
    if (below.taskId === task.taskId) continue;
    const last = findLatest(below, startedBy, depth - 1);
    if (last === null) return null;
    if (getEndMs(last) > getEndMs(latest)) latest = last;
  }
  return latest;
}

function getEndMs(task: TaskRecord): number {
  return Math.floor((parseMicros(task.endedAt) ?? 0) / 1000);
}
