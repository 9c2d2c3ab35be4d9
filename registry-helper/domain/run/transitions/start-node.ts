import { ClawTaskError } from "../../../model/errors.ts";
import { suggest } from "../../../model/remedy.ts";
import type { RunNode, RunState } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { planDelivery } from "../../delivery/decide.ts";
import { parseDeliveryRoute } from "../state/delivery-route.ts";
import type { EventBatch } from "./event-batch.ts";

/** How long the agent has to put a question to the person before ClawTask does, in milliseconds. */
export const ASK_WAIT_MS = 60_000;

/** When the attempt that begins now is over at the latest; nothing without a limit. */
export function attemptDeadline(batch: EventBatch, node: RunNode): { deadlineAt?: string } {
  const limit = node.policy?.timeoutMs;
  return limit === undefined ? {} : { deadlineAt: batch.at(limit) };
}

/** What a question adds to the event by which it begins to wait: when it expires, and the plan to tell the person. */
export function planQuestion(batch: EventBatch, node: RunNode): Pick<RunEventDraft, "deadlineAt" | "delivery"> {
  if (node.kind !== "approval") return attemptDeadline(batch, node);
  const limit = node.policy?.approval?.expiresAfterMs;
  const route = parseDeliveryRoute(batch.state.deliveryContext, batch.state.sourceSessionKey);
  const plan =
    route === null ? undefined : planDelivery({ route, sender: "host", now: batch.now, waitMs: ASK_WAIT_MS });
  const generation = (node.asked?.generation ?? 0) + 1;
  return {
    ...(limit === undefined ? {} : { deadlineAt: batch.at(limit) }),
    ...(plan === undefined ? {} : { delivery: { ...plan.delivery, generation, of: `node:${node.id}` as const } }),
  };
}

/** The question of an approval, as the person is to read it. */
export function getQuestion(node: RunNode): string {
  return node.policy?.approval?.question ?? node.lastMessage ?? node.title;
}

/** @throws ClawTaskError `run_paused` */
export function requireNotPaused(state: RunState): void {
  if (state.status !== "paused") return;
  throw new ClawTaskError("run_paused", {
    message: `run ${state.runId} is paused; nothing new is started`,
    remedy: { commands: [suggest("resume", state.runId)] },
  });
}
