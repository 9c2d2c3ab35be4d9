import { plainLine } from "../../model/sanitize-text.ts";
import { graph } from "../../operations/workflows/graph.ts";
import { formatDot, formatMermaid, GRAPH_FORMATS, graphLines } from "../../views/reports/workflow-graph.ts";
import type { Command } from "../command.ts";
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
    const { positionals, options } = context.args;
    const { document } = graph(context, { workflow: positionals["workflow"], run: options["run"] });
    const { name, title, nodes } = document;
    return {
      json: document,
      text: () => {
        const { format } = options;
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
