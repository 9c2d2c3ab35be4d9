import {
  type Condition,
  formatCondition,
  type NodeKind,
  type NodeStatus,
  type RunNode,
  type WorkflowNode,
} from "../../../registry-helper/internal.ts";

export interface GraphDocument {
  nodes: { id: string; title: string; kind: NodeKind; status?: NodeStatus; condition?: string }[];
  edges: { from: string; to: string }[];
}

export function toRunGraph(nodes: readonly RunNode[]): GraphDocument {
  return {
    nodes: nodes.map(({ id, title, kind, status, policy }) => ({
      ...{ id, title, kind, status },
      ...toCondition(policy?.when),
    })),
    edges: listEdges(nodes),
  };
}

export function toDefinitionGraph(nodes: readonly WorkflowNode[]): GraphDocument {
  return {
    nodes: nodes.map(({ id, title, kind, when }) => ({
      ...{ id, title, kind },
      ...toCondition(when as Condition | undefined),
    })),
    edges: listEdges(nodes),
  };
}

/** From what is needed to what needs it. A need that is not there is no edge. */
function listEdges(nodes: readonly { id: string; needs?: readonly string[] }[]): GraphDocument["edges"] {
  const ids = new Set(nodes.map(({ id }) => id));
  return nodes.flatMap(({ id, needs = [] }) => needs.filter((need) => ids.has(need)).map((from) => ({ from, to: id })));
}

function toCondition(when: Condition | undefined): { condition?: string } {
  return when === undefined ? {} : { condition: formatCondition(when) };
}
