import type { ControlCommand } from "../../domain/run/commands.ts";
import { planNode } from "../../domain/run/decide/plan-run.ts";
import { ancestors } from "../../domain/run/gate-guard.ts";
import { findSchemaProblem } from "../../domain/workflow/check-json-schema.ts";
import { parseAddedNode } from "../../domain/workflow/parse-added-node.ts";
import { isJsonObject } from "../../model/json.ts";
import type { Evidence, RunDocument } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import type { Registry } from "../../registry/registry.ts";
import { describeFile } from "../../storage/run-files.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { createNodeFolder } from "./create-node-folder.ts";

/** Looks up what the decision on a control needs, which the pure part cannot: schemas and definitions. */
export function toControlLine(
  registry: Registry,
  run: RunDocument,
  { control: given, usesFirstChoice }: { control: ControlCommand["control"]; usesFirstChoice: boolean },
): ControlCommand {
  const control = usesFirstChoice && given.action === "approve" ? withFirstChoice(run, given) : given;
  const { patch } = control;
  if (control.action === "add_node") {
    const definition = parseAddedNode(isJsonObject(patch) ? patch["node"] : undefined);
    const node = planNode(definition, undefined, run.state.params);
    const prompt = definition.prompt === undefined ? {} : { prompt: definition.prompt };
    return { type: "control", control, node: { ...node, status: "pending", ...prompt } };
  }
  if (control.action !== "approve" && control.action !== "reject") return { type: "control", control };
  const schema = run.state.nodes.find(({ id }) => id === control.nodeId)?.policy?.approval?.schema;
  // A no needs no data: what it would have been about does not happen.
  const isAsked = schema !== undefined && control.action === "approve";
  const problem = isAsked ? findSchemaProblem(schema, isJsonObject(patch) ? patch["data"] : undefined) : undefined;
  return {
    type: "control",
    control,
    shown: describeShown(registry, run, control.nodeId),
    ...(problem === undefined ? {} : { answerProblem: problem }),
  };
}

/** OpenTask's approvals have no choices: whoever approves as it does means the first, where nothing else is asked for. */
function withFirstChoice(run: RunDocument, control: ControlCommand["control"]): ControlCommand["control"] {
  const patch = isJsonObject(control.patch) ? control.patch : {};
  const approval = run.state.nodes.find(({ id }) => id === control.nodeId)?.policy?.approval;
  const first = approval?.choices?.[0];
  if (first === undefined || approval?.schema !== undefined || patch["choice"] !== undefined) return control;
  return { ...control, patch: { ...patch, choice: first } };
}

/** The files of all work that a question is about, as they are now. */
function describeShown(registry: Registry, run: RunDocument, nodeId: string | undefined): Evidence[] {
  const { nodes, runId } = run.state;
  const gate = nodes.find(({ id }) => id === nodeId);
  if (gate?.kind !== "approval") return [];
  const { folder } = runPaths(registry.root, runId);
  const work = ancestors(nodes, gate.needs);
  const paths = nodes.flatMap(({ id, evidence = [] }) => (work.has(id) ? evidence.map(({ path }) => path) : []));
  return [...new Set(paths)].flatMap((path) => describeFile(registry.fs, folder, path) ?? []);
}

/** The folder and brief of nodes that are being added. */
export function createAddedNodeFolders(registry: Registry, runId: string, events: readonly RunEvent[]): void {
  const paths = runPaths(registry.root, runId);
  for (const { event, node } of events) {
    if (event !== "node.added" || node === undefined) continue;
    createNodeFolder(registry.fs, paths, node);
  }
}
