import { parseDeliveryRoute } from "../../domain/run/state/delivery-route.ts";
import { type Json, omitUndefined } from "../../model/json.ts";
import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { createFlow } from "../../registry/flow-store.ts";
import { requireChoice, requireTextLengths } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { type FlowChangeDocument, toChangeOutcome } from "./flow-change.ts";

export interface FlowCreateInput {
  title: string;
  /** What is to come of it, in full. */
  goal?: string | undefined;
  /** The session that owns it; the caller when it is not given. */
  owner?: string | undefined;
  /** Where its end is told, as the host's delivery context says it. */
  deliveryContext?: Json | undefined;
  notify?: NotifyPolicy | undefined;
  /** The step that it is at: it is running then, else queued. */
  step?: string | undefined;
  /** The same creation with the same key again answers with the flow of the first time. */
  key?: string | undefined;
}

/**
 * Creates a flow: a job of several steps with one owner.
 *
 * @throws ClawTaskError `usage` | `too_large` | `argument_missing` | `idempotency_conflict` | ...
 * @example
 * create(context, { title: "Invoices of May", step: "collect", key: "invoices-may" });
 */
export function create({ registry, actor }: OperationContext, input: FlowCreateInput): Outcome<FlowChangeDocument> {
  const { title, goal, notify, step, key, deliveryContext = null } = input;
  requireChoice(notify, NOTIFY_POLICIES, "--notify", "flows create");
  requireTextLengths({ title, goal, step });
  const owner = input.owner ?? (actor || undefined);
  const route = parseDeliveryRoute(deliveryContext, owner ?? null) ?? undefined;
  const facts = omitUndefined({ title, goal, ownerSessionKey: owner, route, notify });
  return toChangeOutcome(createFlow(registry, { facts, step, key }));
}
