import type { NodeKind, NodeStatus } from "../../model/run-documents.ts";

/** A node as a drawing shows it. */
export interface WorkflowGraphNode {
  id: string;
  title: string;
  kind: NodeKind;
  needs: readonly string[];
  /** In a run. */
  status?: NodeStatus;
  /** Its condition, in words. */
  condition?: string;
}

export const GRAPH_FORMATS = ["text", "mermaid", "dot"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** Nodes by level: those of a level need only nodes of levels before it. Order within a level is that of the file. */
export function levelsOf<Node extends Pick<WorkflowGraphNode, "id" | "needs">>(nodes: readonly Node[]): Node[][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const levels = new Map<string, number>();
  for (const start of nodes) {
    // Iterative, for chains of any length. Needs that are not there count as none.
    const path = [start];
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const needs = node.needs.flatMap((need) => byId.get(need) ?? []);
      const open = needs.find((need) => !levels.has(need.id) && !path.includes(need));
      if (open !== undefined) {
        path.push(open);
        continue;
      }
      levels.set(node.id, Math.max(0, ...needs.map((need) => (levels.get(need.id) ?? 0) + 1)));
      path.pop();
    }
  }
  const result: Node[][] = [];
  for (const node of nodes) (result[levels.get(node.id) ?? 0] ??= []).push(node);
  return result;
}

const MERMAID_STYLES: Partial<Record<NodeStatus, string>> = {
  completed: "fill:#d4edda,stroke:#2e7d32",
  running: "fill:#d6e9ff,stroke:#1565c0",
  waiting: "fill:#fff3cd,stroke:#b8860b",
  failed: "fill:#f8d7da,stroke:#b71c1c",
  skipped: "fill:#eeeeee,stroke:#9e9e9e",
};

/** The same for Mermaid. Nodes are numbered there, since an id may be a word of its language. */
export function formatMermaid(nodes: readonly WorkflowGraphNode[]): string {
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const label = ({ id, title }: WorkflowGraphNode): string => `"${mermaidText(id)}<br/>${mermaidText(title)}"`;
  const shape = (node: WorkflowGraphNode): string => {
    if (node.kind === "approval") return `{${label(node)}}`;
    return node.kind === "wait" ? `([${label(node)}])` : `[${label(node)}]`;
  };
  const classes = Object.entries(MERMAID_STYLES).filter(([status]) => nodes.some((node) => node.status === status));
  return [
    "flowchart TD",
    ...nodes.map((node) => `  ${numbers.get(node.id) ?? ""}${shape(node)}`),
    ...nodes.flatMap((node) =>
      node.needs.map((need) => {
        const condition = node.condition === undefined ? "" : `|"${mermaidText(node.condition)}"|`;
        return `  ${numbers.get(need) ?? ""} -->${condition} ${numbers.get(node.id) ?? ""}`;
      }),
    ),
    ...classes.map(([status, style]) => `  classDef ${status} ${style}`),
    ...nodes.flatMap(({ id, status }) =>
      status !== undefined && MERMAID_STYLES[status] !== undefined
        ? [`  class ${numbers.get(id) ?? ""} ${status}`]
        : [],
    ),
    "",
  ].join("\n");
}

function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:;!?()+*/=_-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}

const DOT_SHAPES: Partial<Record<NodeKind, string>> = { approval: "diamond", wait: "oval" };

/** The same for Graphviz. */
export function formatDot(name: string, nodes: readonly WorkflowGraphNode[]): string {
  const quoted = (text: string): string => JSON.stringify(text.replace(/\s+/g, " "));
  return [
    `digraph ${quoted(name)} {`,
    "  node [shape=box, fontname=sans-serif];",
    ...nodes.map(({ id, title, kind, status }) => {
      const shape = DOT_SHAPES[kind];
      const label = `${id}\n${title}${status === undefined ? "" : `\n${status}`}`;
      return `  ${quoted(id)} [label=${JSON.stringify(label)}${shape === undefined ? "" : `, shape=${shape}`}];`;
    }),
    ...nodes.flatMap(({ id, needs, condition }) =>
      needs.map((need) => {
        const label = condition === undefined ? "" : ` [label=${quoted(condition)}]`;
        return `  ${quoted(need)} -> ${quoted(id)}${label};`;
      }),
    ),
    "}",
    "",
  ].join("\n");
}
