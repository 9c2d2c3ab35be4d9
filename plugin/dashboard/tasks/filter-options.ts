import type { TaskPhase, TaskRuntime, TaskStatus } from "../../../registry-helper/internal.ts";

/** The words of a filter in their order. One that the registry has and this page has not, or the reverse, does not compile. */
function listKeys<Word extends string>(words: Record<Word, true>): readonly string[] {
  return Object.keys(words);
}

export const STATUSES = listKeys<TaskStatus>({
  queued: true,
  running: true,
  succeeded: true,
  failed: true,
  timed_out: true,
  cancelled: true,
  lost: true,
});
export const RUNTIMES = listKeys<TaskRuntime>({
  subagent: true,
  acp: true,
  cron: true,
  cli: true,
  exec: true,
  media: true,
});
export const PHASES = listKeys<TaskPhase>({
  queued: true,
  starting: true,
  reading_context: true,
  researching: true,
  planning: true,
  editing: true,
  testing: true,
  waiting_user: true,
  waiting_approval: true,
  waiting_dependency: true,
  summarizing: true,
  done: true,
  failed: true,
  stalled: true,
});
