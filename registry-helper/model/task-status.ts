/** Words for the observation of a task: what it is doing, what holds it up, and who wants to hear of it. */

export const TASK_PHASES = [
  "queued",
  "starting",
  "working",
  "reading_context",
  "researching",
  "planning",
  "editing",
  "testing",
  "waiting_user",
  "waiting_approval",
  "waiting_dependency",
  "summarizing",
  "done",
  "failed",
  "stalled",
] as const;
export type TaskPhase = (typeof TASK_PHASES)[number];

/** Phases that a source or an agent may state; the others follow from the execution and the clock. */
export const STATABLE_PHASES = [
  "reading_context",
  "researching",
  "planning",
  "editing",
  "testing",
  "waiting_user",
  "waiting_approval",
  "waiting_dependency",
  "summarizing",
] as const satisfies readonly TaskPhase[];
export type StatablePhase = (typeof STATABLE_PHASES)[number];

export const BLOCK_REASONS = [
  "user_input",
  "confirmation",
  "approval",
  "auth",
  "subagent",
  "external_api",
  "suspected_stall",
] as const;
export type BlockReason = (typeof BLOCK_REASONS)[number];

/** `done_only`: the result; `state_changes`: also when it starts, blocks and goes on; `silent`: nothing. */
export const NOTIFY_POLICIES = ["done_only", "state_changes", "silent"] as const;
export type NotifyPolicy = (typeof NOTIFY_POLICIES)[number];
