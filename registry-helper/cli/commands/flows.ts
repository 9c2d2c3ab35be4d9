import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { usageError } from "../../model/errors.ts";
import { FLOW_STATUSES } from "../../model/flow-record.ts";
import { type Json, parseJsonArgument } from "../../model/json.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { NOTIFY_POLICIES } from "../../model/task-status.ts";
import { runTask } from "../../operations/flows/add-task-to-flow.ts";
import { cancel } from "../../operations/flows/cancel-flow.ts";
import {
  block,
  fail,
  finish,
  output,
  resume,
  update,
  wait,
  create,
  type FlowChangeDocument,
} from "../../operations/flows/change.ts";
import { list, show } from "../../operations/flows/list.ts";
import type { Outcome } from "../../operations/operation.ts";
import type { FlowRow } from "../../views/queries/flow-queries.ts";
import { CHANGE_OPTIONS, KEY_OPTION, LIMIT_OPTION } from "../arguments/common-options.ts";
import type { Command, CommandAnswer } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { describeFlow, flowChangeText, flowStateText } from "../output/flow-text.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { ago, table } from "../output/table.ts";
import { shortId } from "../output/task-text.ts";

const FLOW = { name: "flow" } as const;
const STEP = { name: "step" } as const;

/** Flows and the flows of runs, the most recently changed first. */
const flowsList = defineCommand({
  command: "flows list",
  options: [{ name: "status", choices: FLOW_STATUSES }, { name: "owner" }, LIMIT_OPTION],
  run(context, input) {
    const { registry } = context;
    const { document, rows } = list(toIndexedContext(context), input);
    return {
      json: document,
      text: () => {
        if (rows.length === 0) return `no flows in ${registry.root}\n`;
        const now = registry.now();
        return table(
          ["FLOW", "STATUS", "TASKS", "AGO", "WHAT"],
          rows.map((row) => formatCells(row, now)),
          context.columns,
        );
      },
    };
  },
});

function formatCells({ flowId, flow, problem }: FlowRow, now: number): string[] {
  const name = parseRunFlowId(flowId) === undefined ? shortId(flowId) : flowId;
  if (flow === null) return [name, "unreadable!", "-", "-", problem ?? ""];
  const isHeldUp = flow.wait !== null || flow.blocked !== null || (flow.cancel !== null && flow.endedAt === null);
  const status = flow.status === "blocked" ? "blocked!" : flow.status;
  const tasks = flow.tasks.length === 0 ? "-" : String(flow.tasks.length);
  const what = isHeldUp ? `${flow.title}: ${flowStateText(flow)}` : flow.title;
  return [name, status, tasks, ago(flow.updatedAt, now), what];
}

/** One flow: what it is waiting on, its outputs, its tasks. */
const flowsShow = defineCommand({
  command: "flows show",
  positionals: [FLOW],
  run(context, input) {
    const { document, inspected, now } = show(toIndexedContext(context), { ...input, related: true });
    return {
      json: document,
      text: () => describeFlow(inspected, { now, self: context.self, columns: context.columns }),
    };
  },
});

/** Creates a flow. Owner and route come from the agent's environment when nobody names them. */
const flowsCreate = defineCommand({
  command: "flows create",
  options: [
    { name: "title", required: true },
    { name: "goal" },
    { name: "owner" },
    { name: "delivery-context-json" },
    { name: "notify", choices: NOTIFY_POLICIES },
    STEP,
    KEY_OPTION,
  ],
  run(context, { deliveryContextJson, ...input }) {
    const route = deliveryContextJson ?? context.env["CLAWTASK_DELIVERY_CONTEXT"];
    const deliveryContext = parseJsonArgument("--delivery-context-json", route);
    return toChangeAnswer(create(context, { ...input, deliveryContext }));
  },
});

function toChangeAnswer({ document, notices }: Outcome<FlowChangeDocument>): CommandAnswer {
  return { json: document, text: () => flowChangeText(document), notices };
}

const flowsWait = defineCommand({
  command: "flows wait",
  positionals: [FLOW],
  options: [
    { name: "task" },
    { name: "event" },
    { name: "until" },
    { name: "manual", flag: true },
    { name: "note" },
    STEP,
    ...CHANGE_OPTIONS,
  ],
  run: (context, input) => toChangeAnswer(wait(toIndexedContext(context), input)),
});

const flowsBlock = defineCommand({
  command: "flows block",
  positionals: [FLOW],
  options: [{ name: "reason", required: true }, STEP, ...CHANGE_OPTIONS],
  run: (context, input) => toChangeAnswer(block(toIndexedContext(context), input)),
});

const flowsResume = defineCommand({
  command: "flows resume",
  positionals: [FLOW],
  options: [STEP, ...CHANGE_OPTIONS],
  run: (context, input) => toChangeAnswer(resume(toIndexedContext(context), input)),
});

const flowsUpdate = defineCommand({
  command: "flows update",
  positionals: [FLOW],
  options: [{ name: "update" }, STEP, ...CHANGE_OPTIONS],
  run: (context, input) => toChangeAnswer(update(toIndexedContext(context), input)),
});

const flowsOutput = defineCommand({
  command: "flows output",
  positionals: [FLOW, { name: "name" }],
  options: [{ name: "value" }, { name: "value-json" }, { name: "append", flag: true }, ...CHANGE_OPTIONS],
  run(context, input) {
    const value = valueOption(context.args.options);
    return toChangeAnswer(output(toIndexedContext(context), { ...input, value }));
  },
});

/** A text as it is, or any JSON. */
function valueOption(options: Readonly<Record<string, string>>): Json {
  const { value, "value-json": json } = options;
  if ((value === undefined) === (json === undefined))
    throw usageError("exactly one of --value and --value-json is required", "flows output");
  return value ?? parseJsonArgument("--value-json", json);
}

const flowsFinish = defineCommand({
  command: "flows finish",
  positionals: [FLOW],
  options: [{ name: "result" }, ...CHANGE_OPTIONS],
  run: (context, input) => toChangeAnswer(finish(toIndexedContext(context), input)),
});

const flowsFail = defineCommand({
  command: "flows fail",
  positionals: [FLOW],
  options: [{ name: "error", required: true }, ...CHANGE_OPTIONS],
  run: (context, input) => toChangeAnswer(fail(toIndexedContext(context), input)),
});

const flowsRunTask = defineCommand({
  command: "flows run-task",
  positionals: [FLOW, { name: "task", optional: true }],
  options: [
    { name: "run-id" },
    { name: "child-session-key" },
    { name: "runtime", choices: TASK_RUNTIMES },
    { name: "label" },
    { name: "text" },
    { name: "started", flag: true },
    STEP,
    ...CHANGE_OPTIONS,
  ],
  run(context, input) {
    const { document, notices } = runTask(toIndexedContext(context), input);
    const text = (): string => `task ${document.taskId} belongs to it\n${flowChangeText(document)}`;
    return { json: document, text, notices };
  },
});

/** Requests that a flow stops for good. */
const flowsCancel = defineCommand({
  command: "flows cancel",
  positionals: [FLOW],
  options: [{ name: "reason" }, ...CHANGE_OPTIONS],
  run(context, input) {
    const { self } = context;
    const { document } = cancel(toIndexedContext(context), input);
    return {
      json: document,
      text: () => {
        const { flowId, flow, activeTasks } = document;
        if (flow === null) return `${flowId}: its run is cancelled\n`;
        if (flow.endedAt !== null) return `${flowId} has ended: ${flow.status}\n`;
        const tasks = activeTasks.map((taskId) => `  ${taskId}\n`).join("");
        return `${flowId} ends as cancelled once these have ended:\n${tasks}look again with: ${self} flows show ${flowId}\n`;
      },
    };
  },
});

/** Everything about flows, by its name on the command line. */
export const flowCommands: Readonly<Record<string, Command>> = {
  "flows list": flowsList,
  "flows show": flowsShow,
  "flows create": flowsCreate,
  "flows run-task": flowsRunTask,
  "flows wait": flowsWait,
  "flows resume": flowsResume,
  "flows output": flowsOutput,
  "flows update": flowsUpdate,
  "flows block": flowsBlock,
  "flows finish": flowsFinish,
  "flows fail": flowsFail,
  "flows cancel": flowsCancel,
};
