import type { TaskRecord, TaskRuntime } from "../../model/task-record.ts";

/** What the host lets anybody do about work of one kind. */
export interface Capabilities {
  /** What its progress is seen by; null when nothing is seen until it ends. */
  progress: string | null;
  /** Whether its owner can be told to stop it. */
  canCancel: boolean;
  /** Why not, in words for a person. */
  whyNot: string | null;
  /** Who tells its result when nobody chose otherwise. */
  teller: string;
}

/** Measured on OpenClaw 2026.9.6; test/gateway/every-runtime.test.ts holds it against the host. */
export const CAPABILITIES: Readonly<Record<TaskRuntime, Capabilities>> = {
  subagent: can("tool calls, approvals, its own children", "the host announces it"),
  acp: can("titles of its tool calls", "the host announces it"),
  cron: can("tool calls of an isolated run", "the host, when the job has a delivery"),
  cli: can("tool calls", "the terminal that started it"),
  exec: can(null, "the host wakes the agent that started it"),
  media: cannot("the host has no live owner for a media job", "the host hands the file over"),
};

/** A reminder of the main session has no handle by which it could be stopped. */
const REMINDER = cannot("the host has no handle for a reminder of the main session", "the agent in its session");

export function getCapabilities(task: Pick<TaskRecord, "runtime" | "taskKind">): Capabilities {
  return task.runtime === "cron" && task.taskKind === "systemEvent" ? REMINDER : CAPABILITIES[task.runtime];
}

function can(progress: string | null, teller: string): Capabilities {
  return { progress, canCancel: true, whyNot: null, teller };
}

function cannot(whyNot: string, teller: string): Capabilities {
  return { progress: null, canCancel: false, whyNot, teller };
}
