import type { Condition } from "../../../registry-helper/model/node-policy.ts";
import type { NodeKind, NodeStatus, RunNode } from "../../../registry-helper/model/run-documents.ts";
import type { WorkflowNode } from "../../../registry-helper/model/workflow-schema.ts";
import { conditionText } from "../../../registry-helper/domain/workflow/condition-text.ts";

export interface Graph {
  nodes: { id: string; title: string; kind: NodeKind; status?: NodeStatus; condition?: string }[];
  edges: { from: string; to: string }[];
}

export function graphOfRun(nodes: readonly RunNode[]): Graph {
  return {
    nodes: nodes.map(({ id, title, kind, status, policy }) => ({
      ...{ id, title, kind, status },
      ...conditionOf(policy?.when),
    })),
    edges: edgesOf(nodes),
  };
}

export function graphOfDefinition(nodes: readonly WorkflowNode[]): Graph {
  return {
    nodes: nodes.map(({ id, title, kind, when }) => ({
      ...{ id, title, kind },
      ...conditionOf(when as Condition | undefined),
    })),
    edges: edgesOf(nodes),
  };
}

/** From what is needed to what needs it. A need that is not there is no edge. */
function edgesOf(nodes: readonly { id: string; needs?: readonly string[] }[]): Graph["edges"] {
  const ids = new Set(nodes.map(({ id }) => id));
  return nodes.flatMap(({ id, needs = [] }) => needs.filter((need) => ids.has(need)).map((from) => ({ from, to: id })));
}

function conditionOf(when: Condition | undefined): { condition?: string } {
  return when === undefined ? {} : { condition: conditionText(when) };
}
