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
  /** What proves that the requester was told. */
  confirmedBy: string;
  /** What nobody can know about it; null when nothing is left open. */
  unknowable: string | null;
}

const TOLD_TWICE = "whether the host announces it once more after a crash";
const LOST_ANSWER = "whether a message arrived whose answer was lost";

/** Measured on OpenClaw 2026.9.6; test/gateway/every-runtime.test.ts holds it against the host. */
export const CAPABILITIES: Readonly<Record<TaskRuntime, Capabilities>> = {
  subagent: {
    ...can("tool calls, approvals, its own children"),
    teller: "the host announces it",
    confirmedBy: "a message of its announcement, or one with its result word for word",
    unknowable: TOLD_TWICE,
  },
  acp: {
    ...can("titles of its tool calls"),
    teller: "the host announces it",
    confirmedBy: "a message of its announcement, or one with its result word for word",
    unknowable: `${TOLD_TWICE}; the host sends two messages about it`,
  },
  cron: {
    ...can("tool calls of an isolated run"),
    teller: "the host, when the job has a delivery",
    confirmedBy: "the scheduler's word on its delivery",
    unknowable: LOST_ANSWER,
  },
  cli: {
    ...can("tool calls"),
    teller: "the terminal that started it",
    confirmedBy: "the receipt of ClawTask's message, where a policy asks for one",
    unknowable: "whether anybody reads the terminal",
  },
  exec: {
    ...can(null),
    teller: "the host wakes the agent that started it",
    confirmedBy: "the receipt of ClawTask's message, where a policy asks for one",
    unknowable: "what the command printed",
  },
  media: {
    ...cannot("the host has no live owner for a media job"),
    teller: "the host hands the file over",
    confirmedBy: "the end of its row, which follows the file",
    unknowable: LOST_ANSWER,
  },
};

/** A reminder of the main session has no handle by which it could be stopped. */
const REMINDER: Capabilities = {
  ...cannot("the host has no handle for a reminder of the main session"),
  teller: "the agent in its session",
  confirmedBy: "the scheduler's word that the session has it",
  unknowable: "what the agent makes of it",
};

export function getCapabilities(task: Pick<TaskRecord, "runtime" | "taskKind">): Capabilities {
  return task.runtime === "cron" && task.taskKind === "systemEvent" ? REMINDER : CAPABILITIES[task.runtime];
}

type Control = Pick<Capabilities, "progress" | "canCancel" | "whyNot">;

function can(progress: string | null): Control {
  return { progress, canCancel: true, whyNot: null };
}

function cannot(whyNot: string): Control {
  return { progress: null, canCancel: false, whyNot };
}
