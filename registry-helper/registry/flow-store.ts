import { flowAggregate } from "../domain/flow/aggregate.ts";
import type { FlowCommand } from "../domain/flow/commands.ts";
import { parseRunFlowId } from "../domain/flow/run-as-flow.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { FlowEvent, FlowFacts } from "../model/flow-events.ts";
import type { FlowRecord } from "../model/flow-record.ts";
import { timeOrderedId } from "../model/ids.ts";
import { suggest } from "../model/remedy.ts";
import { FlowJournal } from "../storage/flow-journal.ts";
import { storageError } from "../storage/storage-errors.ts";
import { commit, type Committed } from "./commit.ts";
import { flowIdForKey } from "./flow-creation-keys.ts";
import type { Registry } from "./registry.ts";

/** A flow after a change, and whether the change was made now. */
export interface FlowChange {
  flow: FlowRecord;
  /** False when there was nothing to do, and when the key had been used before. */
  changed: boolean;
  replayed: boolean;
  notices: readonly string[];
}

/**
 * Changes one flow: a `commit` on its journal.
 *
 * @throws ClawTaskError
 * @example
 * commitFlow(registry, { command: { type: "resume", flowId, step: "publish", expectedRevision: 7 } });
 */
export function commitFlow(
  registry: Registry,
  request: { command: Exclude<FlowCommand, { type: "create" }>; key?: string | undefined },
): FlowChange {
  const { command } = request;
  refuseRunFlow(command.flowId);
  // A repeated command may name another revision: after a restart its caller has read a newer one.
  const { expectedRevision: _expected, ...idempotencyPayload } = command as { expectedRevision?: number };
  const journal = new FlowJournal({ fs: registry.fs, root: registry.root, flowId: command.flowId });
  return toFlowChange(
    commit({
      journal,
      aggregate: flowAggregate,
      now: registry.now,
      origin: registry.origin,
      request: { command, idempotencyPayload, key: request.key },
    }),
  );
}

/** Creates a flow. With a key, the same creation again answers with the flow of the first time. */
export function createFlow(
  registry: Registry,
  request: { facts: FlowFacts; step?: string | undefined; key?: string | undefined },
): FlowChange {
  const { facts, step, key } = request;
  const { fs, root, now, origin } = registry;
  const newId = (): string => timeOrderedId("f", Math.floor(now() / 1000), Math.random());
  const idempotencyPayload = { type: "create" as const, facts, ...(step === undefined ? {} : { step }) };
  // What would be refused is refused before anything is written.
  flowAggregate.decide(undefined, { ...idempotencyPayload, flowId: "" }, { now: now() });
  try {
    const flowId = key === undefined ? newId() : flowIdForKey(registry, key, newId);
    const journal = new FlowJournal({ fs, root, flowId, createsFolder: true });
    const command = { ...idempotencyPayload, flowId };
    return toFlowChange(
      commit({ journal, aggregate: flowAggregate, now, origin, request: { command, idempotencyPayload, key } }),
    );
  } catch (error) {
    throw storageError(error, "flows");
  }
}

/**
 * One flow as it stands. Writes nothing.
 *
 * @throws ClawTaskError `flow_not_found` | `journal_corrupt` | `registry_too_new`
 */
export function loadFlow(registry: Registry, flowId: string): FlowRecord {
  const { flow } = new FlowJournal({ fs: registry.fs, root: registry.root, flowId }).read();
  if (flow !== undefined) return flow;
  throw new ClawTaskError("flow_not_found", {
    message: `flow not found: ${flowId}`,
    remedy: { commands: [suggest("flows list")] },
  });
}

function toFlowChange(committed: Committed<FlowRecord, FlowEvent>): FlowChange {
  const { state, events, replayed, notices } = committed;
  return { flow: state, changed: events.length > 0 && !replayed, replayed, notices };
}

/** The flow of a run is a view of the run. */
function refuseRunFlow(flowId: string): void {
  const runId = parseRunFlowId(flowId);
  if (runId === undefined) return;
  throw new ClawTaskError("illegal_transition", {
    message: `${flowId} is the flow of run ${runId}: it changes with its run`,
    remedy: { commands: [suggest("next", runId)] },
  });
}
