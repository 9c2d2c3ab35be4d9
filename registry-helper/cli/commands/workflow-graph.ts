import type { RunNode } from "../../model/run-documents.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { WorkflowNode } from "../../model/workflow-schema.ts";
import type { Condition } from "../../model/node-policy.ts";
import { loadRun } from "../../registry/run-store.ts";
import {
  dotOf,
  GRAPH_FORMATS,
  graphLines,
  type GraphNode,
  levelsOf,
  mermaidOf,
} from "../../views/reports/workflow-graph.ts";
import { loadWorkflow } from "../../operations/workflows/workflow-files.ts";
import { conditionText } from "../../domain/workflow/condition-text.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import { COLUMNS } from "../output/table.ts";
import type { Verb, VerbContext } from "../command.ts";

/** The graph of a workflow, or of a run with how each node stands. */
export const workflowGraph: Verb = {
  jsonWhenPiped: false,
  spec: {
    verb: "workflow graph",
    positionals: [{ name: "workflow", optional: true }],
    options: [{ name: "run" }, { name: "format", choices: GRAPH_FORMATS }],
  },
  run(context) {
    const { name, title, nodes } = graphOf(context);
    const levels = levelsOf(nodes).map((level) => level.map(({ id }) => id));
    return {
      json: { ok: true, name, title, levels, nodes },
      text: () => {
        const { format } = context.args.options;
        if (format === "mermaid") return mermaidOf(nodes);
        if (format === "dot") return dotOf(name, nodes);
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

function graphOf({ registry, args, cwd }: VerbContext): { name: string; title: string; nodes: GraphNode[] } {
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
  return { id, title, kind, needs, status, ...conditionOf(policy?.when) };
}

function ofDefinition({ id, title, kind, needs = [], when }: WorkflowNode): GraphNode {
  return { id, title, kind, needs, ...conditionOf(when as Condition | undefined) };
}

function conditionOf(when: Condition | undefined): { condition?: string } {
  return when === undefined ? {} : { condition: conditionText(when) };
}
