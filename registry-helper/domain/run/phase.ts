import type { RunNode, RunState } from "../../model/run-documents.ts";
import { formatWaitTarget, parseWaitTarget } from "./state/wait-target.ts";

/** Where a run stands, in one word that every surface shows. */
export const RUN_PHASES = [
  "draft",
  "running",
  "waiting_approval",
  "waiting_user",
  "waiting_dependency",
  "blocked",
  "paused",
  "completed",
  "failed",
  "cancelled",
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

export interface DerivedRunPhase {
  phase: RunPhase;
  /** What it is doing, in words. */
  doing: string;
  /** Why it waits or cannot continue; null while it moves or has ended. */
  why: string | null;
}

/**
 * Derives where a run stands. A person who is asked comes before all else, since nobody else can answer; what is
 * blocked has nothing left that moves. Pure: the clock plays no part.
 */
export function deriveRunPhase(state: RunState): DerivedRunPhase {
  if (state.status !== "running") return { phase: state.status, doing: DOING[state.status], why: null };
  const waiting = state.nodes.filter(({ status }) => status === "waiting");
  const question = waiting.find(({ kind }) => kind === "approval");
  if (question !== undefined) return asked("waiting_approval", question);
  const manual = waiting.find((node) => node.kind === "wait" && parseWaitTarget(node).type === "manual");
  if (manual !== undefined) return asked("waiting_user", manual);
  if (state.blockedBy !== undefined)
    return { phase: "blocked", doing: "blocked", why: `${state.blockedBy.join(", ")} failed` };
  const running = state.nodes.filter(({ status }) => status === "running").map(({ id }) => id);
  if (running.length > 0) return { phase: "running", doing: `working on ${running.join(", ")}`, why: null };
  const ready = state.nodes.filter(({ status }) => status === "ready").map(({ id }) => id);
  if (ready.length > 0) return { phase: "running", doing: `ready to start ${ready.join(", ")}`, why: null };
  const [wait] = waiting;
  if (wait !== undefined)
    return { phase: "waiting_dependency", doing: "waiting", why: `${wait.id} waits for ${formatWaitTarget(wait)}` };
  const retry = state.nodes.find(({ retryAt }) => retryAt !== undefined);
  if (retry !== undefined)
    return {
      phase: "waiting_dependency",
      doing: "waiting",
      why: `${retry.id} is tried again at ${retry.retryAt ?? ""}`,
    };
  return { phase: "running", doing: "running", why: null };
}

function asked(phase: "waiting_approval" | "waiting_user", { id, lastMessage, title }: RunNode): DerivedRunPhase {
  return {
    phase,
    doing: phase === "waiting_approval" ? "waiting for an approval" : "waiting for a person",
    why: `${id}: ${lastMessage ?? title}`,
  };
}

const DOING = {
  draft: "not started",
  paused: "paused",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
} as const;
