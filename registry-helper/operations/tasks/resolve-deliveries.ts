import type { Redirect } from "../../domain/delivery/redirect.ts";
import type { DeliveryRecord } from "../../model/delivery-record.ts";
import { commitFlow } from "../../registry/flow-store.ts";
import type { Registry } from "../../registry/registry.ts";
import { runRevisionGuard } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { commitTasks } from "./commit-task.ts";

/** Whose result: a task's, a flow's end, or a run's outcome. */
export interface ResultOwner {
  kind: "task" | "run" | "flow";
  id: string;
}

/** `retry` delivers a result once more; `dismiss` records that nobody wants it. */
export type ResolveAction = { type: "retry"; redirect?: Redirect | undefined } | { type: "dismiss"; reason: string };

interface ResolveRequest {
  action: ResolveAction;
  key: string | undefined;
  expectedRevision: number | undefined;
}

export type ResolveOutcome = ResultOwner & ({ changed: boolean; delivery: DeliveryRecord | null } | { error: unknown });

/**
 * Retries or dismisses many results at once. One that is refused fails alone.
 *
 * @param options.keyFor the idempotency key of each, when the caller gave one
 * @param options.expectedRevision of the one result that is named, as the caller saw it
 */
export function resolveDeliveries(
  registry: Registry,
  owners: readonly ResultOwner[],
  options: {
    action: ResolveAction;
    keyFor?: (owner: ResultOwner) => string | undefined;
    expectedRevision?: number | undefined;
  },
): ResolveOutcome[] {
  const { action, keyFor = () => undefined, expectedRevision } = options;
  const tasks = owners.filter(({ kind }) => kind === "task");
  const outcomes = commitTasks(
    registry,
    tasks.map((owner) => ({
      command:
        action.type === "retry"
          ? { type: "retry_delivery", taskId: owner.id, source: "cli", redirect: action.redirect }
          : { type: "dismiss", taskId: owner.id, source: "cli", reason: action.reason },
      key: keyFor(owner),
      expectedRevision,
    })),
  );
  const ofTask = new Map(outcomes.map((outcome) => [outcome.taskId, outcome]));
  return owners.map((owner): ResolveOutcome => {
    const request = { action, key: keyFor(owner), expectedRevision };
    if (owner.kind === "run") return resolveRunDelivery(registry, owner, request);
    if (owner.kind === "flow") return resolveFlowDelivery(registry, owner, request);
    const outcome = ofTask.get(owner.id);
    if (outcome === undefined || "error" in outcome) return { ...owner, error: outcome?.error };
    return { ...owner, changed: outcome.changed, delivery: outcome.task.delivery };
  });
}

function resolveRunDelivery(registry: Registry, owner: ResultOwner, request: ResolveRequest): ResolveOutcome {
  const { action, key, expectedRevision } = request;
  try {
    const command = action.type === "retry" ? ({ type: "retry_delivery", redirect: action.redirect } as const) : action;
    const { state, events, replayed } = commitRun(registry, owner.id, {
      command,
      key,
      precondition: runRevisionGuard(owner.id, expectedRevision),
    });
    return { ...owner, changed: events.length > 0 && !replayed, delivery: state.state.delivery ?? null };
  } catch (error) {
    return { ...owner, error: storageError(error, `run ${owner.id}`) };
  }
}

function resolveFlowDelivery(registry: Registry, owner: ResultOwner, request: ResolveRequest): ResolveOutcome {
  const { action, key, expectedRevision } = request;
  try {
    const seen = expectedRevision === undefined ? {} : { expectedRevision };
    const command =
      action.type === "retry"
        ? { type: "retry_delivery" as const, flowId: owner.id, redirect: action.redirect, ...seen }
        : { ...action, flowId: owner.id, ...seen };
    const { flow, changed } = commitFlow(registry, { command, key });
    return { ...owner, changed, delivery: flow.delivery };
  } catch (error) {
    return { ...owner, error: storageError(error, `flow ${owner.id}`) };
  }
}
