import { commit, type Committed } from "./commit.ts";
import type { FlowCommand } from "../domain/flow/commands.ts";
import { flowAggregate } from "../domain/flow/aggregate.ts";
import { flowIdForKey } from "./flow-creation-keys.ts";
import { FlowJournal } from "../storage/flow-journal.ts";
import { storageError } from "../storage/storage-errors.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { FlowEvent, FlowFacts } from "../model/flow-events.ts";
import type { FlowRecord } from "../model/flow-record.ts";
import { timeOrderedId } from "../model/ids.ts";
import { runOfFlow } from "../domain/flow/run-as-flow.ts";
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
 * changeFlow(registry, { command: { type: "resume", flowId, step: "publish", expectedRevision: 7 } });
 */
export function changeFlow(
  registry: Registry,
  request: { command: Exclude<FlowCommand, { type: "create" }>; key?: string | undefined },
): FlowChange {
  const { command } = request;
  refuseRunFlow(command.flowId);
  // A repeated command may name another revision: after a restart its caller has read a newer one.
  const { expectedRevision: _expected, ...content } = command as { expectedRevision?: number };
  const journal = new FlowJournal({ fs: registry.fs, root: registry.root, flowId: command.flowId });
  return changeOf(
    commit({ journal, aggregate: flowAggregate, now: registry.now, request: { command, content, key: request.key } }),
  );
}

/** Creates a flow. With a key, the same creation again answers with the flow of the first time. */
export function makeFlow(
  registry: Registry,
  request: { facts: FlowFacts; step?: string | undefined; key?: string | undefined },
): FlowChange {
  const { facts, step, key } = request;
  const { fs, root, now } = registry;
  const newId = (): string => timeOrderedId("f", Math.floor(now() / 1000), Math.random());
  const content = { type: "create" as const, facts, ...(step === undefined ? {} : { step }) };
  // What would be refused is refused before anything is written.
  flowAggregate.decide(undefined, { ...content, flowId: "" }, { now: now() });
  try {
    const flowId = key === undefined ? newId() : flowIdForKey(registry, key, newId);
    const journal = new FlowJournal({ fs, root, flowId, makes: true });
    const command = { ...content, flowId };
    return changeOf(commit({ journal, aggregate: flowAggregate, now, request: { command, content, key } }));
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
  throw new ClawTaskError("flow_not_found", { message: `flow not found: ${flowId}`, next: "clawtask flows list" });
}

function changeOf(committed: Committed<FlowRecord, FlowEvent>): FlowChange {
  const { state, events, replayed, notices } = committed;
  return { flow: state, changed: events.length > 0 && !replayed, replayed, notices };
}

/** The flow of a run is a view of the run. */
function refuseRunFlow(flowId: string): void {
  const runId = runOfFlow(flowId);
  if (runId === undefined) return;
  throw new ClawTaskError("illegal_transition", {
    message: `${flowId} is the flow of run ${runId}: it changes with its run`,
    next: `clawtask next ${runId}`,
  });
}
