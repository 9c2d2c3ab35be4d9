import { formatCondition } from "../../domain/workflow/condition-text.ts";
import { usageError } from "../../model/errors.ts";
import type { Condition } from "../../model/node-policy.ts";
import type { RunNode } from "../../model/run-documents.ts";
import type { WorkflowNode } from "../../model/workflow-definition.ts";
import { loadRun } from "../../registry/run-store.ts";
import { type GraphNode, levelsOf } from "../../views/reports/workflow-graph.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { loadWorkflow } from "./workflow-files.ts";

/** Exactly one of both. */
export interface WorkflowGraphInput {
  /** Its name, or a path from the registry root or the current directory. */
  workflow?: string | undefined;
  /** The id of a run, for a graph with the status of each node. */
  run?: string | undefined;
}

export interface WorkflowGraphDocument {
  ok: true;
  /** The id of the workflow or run. */
  name: string;
  title: string;
  /** Ids of nodes: those of a level need only nodes of levels before it. */
  levels: string[][];
  nodes: GraphNode[];
}

/**
 * The graph of a workflow, or of a run.
 *
 * @throws ClawTaskError `usage` | `workflow_not_found` | `workflow_invalid` | `run_not_found` | ...
 */
export function graph(context: OperationContext, input: WorkflowGraphInput): Outcome<WorkflowGraphDocument> {
  const { name, title, nodes } = loadGraph(context, input);
  const levels = levelsOf(nodes).map((level) => level.map(({ id }) => id));
  return { document: { ok: true, name, title, levels, nodes } };
}

function loadGraph(
  { registry, cwd }: OperationContext,
  { workflow, run }: WorkflowGraphInput,
): Pick<WorkflowGraphDocument, "name" | "title" | "nodes"> {
  if ((workflow === undefined) === (run === undefined))
    throw usageError("the following arguments are required: workflow, or --run", "workflow graph");
  if (run !== undefined) {
    const { state } = loadRun(registry, run).run;
    return { name: state.runId, title: state.title, nodes: state.nodes.map(ofRun) };
  }
  const { definition } = loadWorkflow(registry, workflow ?? "", cwd);
  return { name: definition.workflowId, title: definition.title, nodes: definition.nodes.map(ofDefinition) };
}

function ofRun({ id, title, kind, needs, status, policy }: RunNode): GraphNode {
  return { id, title, kind, needs, status, ...toCondition(policy?.when) };
}

function ofDefinition({ id, title, kind, needs = [], when }: WorkflowNode): GraphNode {
  return { id, title, kind, needs, ...toCondition(when as Condition | undefined) };
}

function toCondition(when: Condition | undefined): { condition?: string } {
  return when === undefined ? {} : { condition: formatCondition(when) };
}
