import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { FLOW_STATUSES } from "../../model/flow-record.ts";
import { list } from "../../operations/flows/list.ts";
import type { FlowRow } from "../../views/queries/flow-queries.ts";
import { limitOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { flowStateText } from "../output/flow-text.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { ago, table } from "../output/table.ts";
import { shortId } from "../output/task-text.ts";

/** Flows and the flows of runs, the most recently changed first. */
export const flowsList: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "flows list",
    positionals: [],
    options: [{ name: "status", choices: FLOW_STATUSES }, { name: "owner" }, { name: "limit" }],
  },
  run(context) {
    const { registry, args } = context;
    const { status, owner } = args.options;
    const limit = limitOption(args.options, "flows list");
    const { document, rows } = list(toIndexedContext(context), { status, owner, limit });
    return {
      json: document,
      text: () => {
        if (rows.length === 0) return `no flows in ${registry.root}\n`;
        const now = registry.now();
        return table(
          ["FLOW", "STATUS", "TASKS", "AGO", "WHAT"],
          rows.map((row) => formatCells(row, now)),
        );
      },
    };
  },
};

function formatCells({ flowId, flow, problem }: FlowRow, now: number): string[] {
  const name = parseRunFlowId(flowId) === undefined ? shortId(flowId) : flowId;
  if (flow === null) return [name, "unreadable!", "-", "-", problem ?? ""];
  const isHeldUp = flow.wait !== null || flow.blocked !== null || (flow.cancel !== null && flow.endedAt === null);
  const status = flow.status === "blocked" ? "blocked!" : flow.status;
  const tasks = flow.tasks.length === 0 ? "-" : String(flow.tasks.length);
  const what = isHeldUp ? `${flow.title}: ${flowStateText(flow)}` : flow.title;
  return [name, status, tasks, ago(flow.updatedAt, now), what];
}
