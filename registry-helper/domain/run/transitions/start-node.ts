import { planDelivery } from "../../delivery/decide.ts";
import { ClawTaskError } from "../../../model/errors.ts";
import type { RunNode, RunState } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Operation } from "./event-batch.ts";
import { routeOf } from "../state/delivery-route.ts";

/** How long the agent has to put a question to the person before ClawTask does, in milliseconds. */
export const ASK_WAIT_MS = 60_000;

/** When the attempt that begins now is over at the latest; nothing without a limit. */
export function attemptDeadline(operation: Operation, node: RunNode): { deadlineAt?: string } {
  const limit = node.policy?.timeoutMs;
  return limit === undefined ? {} : { deadlineAt: operation.at(limit) };
}

/** What a question adds to the event by which it begins to wait: when it expires, and the plan to tell the person. */
export function questionPlan(operation: Operation, node: RunNode): Pick<RunEventDraft, "deadlineAt" | "delivery"> {
  if (node.kind !== "approval") return attemptDeadline(operation, node);
  const limit = node.policy?.approval?.expiresAfterMs;
  const route = routeOf(operation.state.deliveryContext, operation.state.sourceSessionKey);
  const plan =
    route === null ? undefined : planDelivery({ route, sender: "host", now: operation.now, waitMs: ASK_WAIT_MS });
  const generation = (node.asked?.generation ?? 0) + 1;
  return {
    ...(limit === undefined ? {} : { deadlineAt: operation.at(limit) }),
    ...(plan === undefined ? {} : { delivery: { ...plan.delivery, generation, of: `node:${node.id}` as const } }),
  };
}

/** The question of an approval, as the person is to read it. */
export function questionOf(node: RunNode): string {
  return node.policy?.approval?.question ?? node.lastMessage ?? node.title;
}

/** @throws ClawTaskError `run_paused` */
export function requireNotPaused(state: RunState): void {
  if (state.status !== "paused") return;
  throw new ClawTaskError("run_paused", {
    message: `run ${state.runId} is paused; nothing new is started`,
    next: `clawtask resume ${state.runId}`,
  });
}
