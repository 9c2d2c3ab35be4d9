import { formatCondition } from "../../domain/workflow/condition-text.ts";
import { usageError } from "../../model/errors.ts";
import type { Condition } from "../../model/node-policy.ts";
import type { RunNode } from "../../model/run-documents.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { WorkflowNode } from "../../model/workflow-definition.ts";
import { loadWorkflow } from "../../operations/workflows/workflow-files.ts";
import { loadRun } from "../../registry/run-store.ts";
import {
  formatDot,
  GRAPH_FORMATS,
  graphLines,
  type GraphNode,
  levelsOf,
  formatMermaid,
} from "../../views/reports/workflow-graph.ts";
import type { Command, CommandContext } from "../command.ts";
import { COLUMNS } from "../output/table.ts";

/** The graph of a workflow, or of a run with how each node stands. */
export const workflowGraph: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "workflow graph",
    positionals: [{ name: "workflow", optional: true }],
    options: [{ name: "run" }, { name: "format", choices: GRAPH_FORMATS }],
  },
  run(context) {
    const { name, title, nodes } = loadGraph(context);
    const levels = levelsOf(nodes).map((level) => level.map(({ id }) => id));
    return {
      json: { ok: true, name, title, levels, nodes },
      text: () => {
        const { format } = context.args.options;
        if (format === "mermaid") return formatMermaid(nodes);
        if (format === "dot") return formatDot(name, nodes);
        const lines = graphLines(nodes).map((line) => plainEnd(line));
        return `${plainLine(`${name}  ${title}`, COLUMNS)}\n\n${lines.join("\n")}\n`;
      },
    };
  },
};

/** Leading blanks are part of the drawing. */
function plainEnd(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  return line.length <= COLUMNS ? line : `${indent}${line.slice(indent.length, COLUMNS - 1)}…`;
}

function loadGraph({ registry, args, cwd }: CommandContext): { name: string; title: string; nodes: GraphNode[] } {
  const workflow = args.positionals["workflow"];
  const { run } = args.options;
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
