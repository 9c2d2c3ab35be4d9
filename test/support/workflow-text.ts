import type { WorkflowNode } from "../../registry-helper/model/workflow-definition.ts";

/** A node as tests sketch it. */
export interface NodeSketch {
  id: string;
  kind?: "session_turn" | "subagent" | "wait" | "approval" | "summary";
  needs?: readonly string[];
  mode?: "notify" | "report";
  artifactPaths?: readonly string[];
  prompt?: string;
  waitFor?: { type: "file_exists" | "next_tick" | "manual" | "until" | "task" | "event"; [key: string]: string };
  /** Fields that OpenTask does not know. */
  more?: Partial<WorkflowNode>;
}

export interface WorkflowSketch {
  workflowId?: string;
  title?: string;
  nodes: readonly NodeSketch[];
}

/** Writes a workflow file in the plain form that OpenTask's line scanner reads too. */
export function workflowText({ workflowId = "flow", title = "A workflow", nodes }: WorkflowSketch): string {
  const lines = ["---", `workflowId: ${workflowId}`, `title: ${title}`, "nodes:"];
  for (const node of nodes) {
    lines.push(`  - id: ${node.id}`, `    title: Node ${node.id}`, `    kind: ${node.kind ?? "session_turn"}`);
    lines.push(`    needs: [${(node.needs ?? []).join(", ")}]`);
    if (node.artifactPaths) lines.push(`    artifactPaths: [${node.artifactPaths.join(", ")}]`);
    if (node.prompt !== undefined)
      lines.push("    prompt: |", ...node.prompt.split("\n").map((line) => `      ${line}`));
    lines.push("    outputs:", `      mode: ${node.mode ?? "notify"}`);
  }
  return `${lines.join("\n")}\n---\n\n# Notes\n`;
}

/** One node after the other: a, b, c ... each needs the one before it. */
export function chain(...ids: string[]): NodeSketch[] {
  return ids.map((id, index) => ({ id, needs: index === 0 ? [] : [ids[index - 1] ?? ""] }));
}

/** The five kinds in one workflow: research, a subagent, an approval, a wait and a summary. */
export const FIVE_KINDS: readonly NodeSketch[] = [
  { id: "gather", mode: "report" },
  { id: "review", kind: "subagent", needs: ["gather"], mode: "report" },
  { id: "gate", kind: "approval", needs: ["review"] },
  { id: "pause", kind: "wait", needs: ["gate"] },
  { id: "wrap-up", kind: "summary", needs: ["pause"], mode: "report" },
];
