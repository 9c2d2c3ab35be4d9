import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { toRunFlow, parseRunFlowId, listRunWaits } from "../../domain/flow/run-as-flow.ts";
import { type FlowView, flowView, type LinkedTask } from "../../domain/flow/view.ts";
import { listRunAttention } from "../../domain/run/attention.ts";
import type { FlowRecord, FlowWait } from "../../model/flow-record.ts";
import type { JsonObject } from "../../model/json.ts";
import { loadFlow } from "../../registry/flow-store.ts";
import { readStaleThresholds } from "../../registry/registry-settings.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findInside } from "../../storage/run-paths.ts";
import { parseObject } from "../../storage/run-projections.ts";
import { runFacts } from "./attention-facts.ts";
import { findFlow, listFlowTasks } from "./flow-queries.ts";
import { findFlowOrRelated } from "./related-records.ts";

/** Largest `result.json` of a node whose keys are shown, in bytes. */
const MAX_RESULT_BYTES = 1024 * 1024;

/** A flow with everything that is derived when it is asked for. */
export interface InspectedFlow {
  flow: FlowRecord;
  view: FlowView;
  tasks: LinkedTask[];
}

/**
 * One flow, its tasks, and what it is waiting on. Writes nothing.
 *
 * @param reference a flow id or its last part, `run:<run id>`, or the session that owns it
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id` | `journal_corrupt`
 */
export function inspectFlow(registry: Registry, database: DatabaseSync, reference: string): InspectedFlow {
  return inspectFound(
    registry,
    database,
    isFlowId(reference) ? loadFlow(registry, reference) : findFlow(database, reference),
  );
}

/**
 * The same, and a session means the last flow that it owns or works for.
 *
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id` | `journal_corrupt`
 */
export function inspectFlowOrRelated(
  registry: Registry,
  database: DatabaseSync,
  reference: string,
): InspectedFlow & Pick<ReturnType<typeof findFlowOrRelated>, "others"> {
  if (isFlowId(reference)) return { ...inspectFlow(registry, database, reference), others: [] };
  const { found, others } = findFlowOrRelated(database, reference);
  return { ...inspectFound(registry, database, found), others };
}

function inspectFound(registry: Registry, database: DatabaseSync, found: FlowRecord): InspectedFlow {
  const runId = parseRunFlowId(found.flowId);
  const { flow, ...ofTheRun } = runId === undefined ? { flow: found } : ofRun(registry, database, runId);
  const tasks = listFlowTasks(database, flow);
  const view = flowView(flow, {
    linked: tasks,
    now: registry.now(),
    staleAfter: readStaleThresholds(registry),
    ...ofTheRun,
  });
  return { flow, view, tasks };
}

/** The flow of a run as its files say it: also what its nodes left as results. */
function ofRun(
  registry: Registry,
  database: DatabaseSync,
  runId: string,
): { flow: FlowRecord; waits: FlowWait[]; needsSomebody: boolean } {
  const { run, seq, journal } = loadRun(registry, runId);
  const flow = toRunFlow(run.state, seq);
  const output: JsonObject = { ...flow.output };
  for (const { id } of run.state.nodes) {
    const keys = resultKeys(registry, journal.paths.folder, id);
    if (keys !== undefined) output[id] = { ...(output[id] as JsonObject | undefined), resultKeys: keys };
  }
  const needsSomebody = listRunAttention(run.state, runFacts(registry, database, run.state)).length > 0;
  return { flow: { ...flow, output }, waits: listRunWaits(run.state), needsSomebody };
}

function resultKeys({ fs }: Registry, folder: string, nodeId: string): string[] | undefined {
  const path = findInside(fs, folder, join("nodes", nodeId, "result.json"));
  if (path === undefined || fs.statSync(path).size > MAX_RESULT_BYTES) return undefined;
  const result = parseObject(readTextIfExists(fs, path));
  return result === undefined ? undefined : Object.keys(result);
}
