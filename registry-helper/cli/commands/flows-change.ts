import type { FlowCommand } from "../../domain/flow/commands.ts";
import { usageError } from "../../model/errors.ts";
import { type Json, parseJsonArgument } from "../../model/json.ts";
import { TASK_RUNTIMES, type TaskRuntime } from "../../model/task-record.ts";
import { runTaskInFlow } from "../../operations/flows/add-task-to-flow.ts";
import { commitFlow, type FlowChange } from "../../registry/flow-store.ts";
import { textOption } from "../arguments/common-options.ts";
import {
  CHANGE_OPTIONS,
  changeAnswer,
  expectedRevision,
  field,
  resolveFlowId,
  waitOption,
} from "../arguments/flow-options.ts";
import type { Command, CommandContext } from "../command.ts";

type Options = Command["spec"]["options"];
const FLOW = { name: "flow" } as const;
const STEP = { name: "step" } as const;

/** A verb that is one command on one flow. */
function changing(
  command: string,
  spec: { values?: Command["spec"]["positionals"]; options: Options },
  toFlowCommand: (context: CommandContext, flowId: string) => Exclude<FlowCommand, { type: "create" }>,
): Command {
  return {
    jsonWhenPiped: false,
    spec: {
      command,
      positionals: [FLOW, ...(spec.values ?? [])],
      options: [...spec.options, ...CHANGE_OPTIONS],
    },
    run(context) {
      const { registry, args } = context;
      const change = { ...toFlowCommand(context, resolveFlowId(context)), ...expectedRevision(args, command) };
      return changeAnswer(commitFlow(registry, { command: change, key: args.options["key"] }));
    },
  };
}

export const flowsWait = changing(
  "flows wait",
  {
    options: [
      { name: "task" },
      { name: "event" },
      { name: "until" },
      { name: "manual", flag: true },
      { name: "note" },
      STEP,
    ],
  },
  (context, flowId) => ({
    type: "wait",
    flowId,
    wait: waitOption(context, "flows wait"),
    ...field(context.args, "step"),
  }),
);

export const flowsBlock = changing(
  "flows block",
  { options: [{ name: "reason", required: true }, STEP] },
  ({ args }, flowId) => ({
    type: "block",
    flowId,
    reason: textOption(args, "reason") ?? "",
    ...field(args, "step"),
  }),
);

export const flowsResume = changing("flows resume", { options: [STEP] }, ({ args }, flowId) => ({
  type: "resume",
  flowId,
  ...field(args, "step"),
}));

export const flowsUpdate = changing("flows update", { options: [{ name: "update" }, STEP] }, ({ args }, flowId) => ({
  type: "update",
  flowId,
  ...field(args, "update"),
  ...field(args, "step"),
}));

export const flowsOutput = changing(
  "flows output",
  {
    values: [{ name: "name" }],
    options: [{ name: "value" }, { name: "value-json" }, { name: "append", flag: true }],
  },
  ({ args }, flowId) => ({
    type: args.flags.has("append") ? "append_output" : "set_output",
    flowId,
    name: args.positionals["name"] ?? "",
    value: valueOption(args.options),
  }),
);

/** A text as it is, or any JSON. */
function valueOption(options: Readonly<Record<string, string>>): Json {
  const { value, "value-json": json } = options;
  if ((value === undefined) === (json === undefined))
    throw usageError("exactly one of --value and --value-json is required", "flows output");
  return value ?? parseJsonArgument("--value-json", json);
}

/** Whoever ends a flow in the owner's own session is expected to tell the person in their own words. */
function endedBy({ env }: CommandContext): { by?: string } {
  const by = env["CLAWTASK_SESSION_KEY"];
  return by === undefined || by === "" ? {} : { by };
}

export const flowsFinish = changing("flows finish", { options: [{ name: "result" }] }, (context, flowId) => ({
  type: "finish",
  flowId,
  ...field(context.args, "result"),
  ...endedBy(context),
}));

export const flowsFail = changing(
  "flows fail",
  { options: [{ name: "error", required: true }] },
  (context, flowId) => ({
    type: "fail",
    flowId,
    error: textOption(context.args, "error") ?? "",
    ...endedBy(context),
  }),
);

export const flowsRunTask: Command = {
  jsonWhenPiped: false,
  spec: {
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
  },
  run(context) {
    const { registry, args } = context;
    const change: FlowChange & { task: { taskId: string } } = runTaskInFlow(registry, {
      flowId: resolveFlowId(context),
      task: args.positionals["task"],
      ...field(args, "runId", "run-id"),
      ...field(args, "childSessionKey", "child-session-key"),
      ...field(args, "label"),
      ...field(args, "text"),
      ...field(args, "step"),
      runtime: args.options["runtime"] as TaskRuntime | undefined,
      started: args.flags.has("started"),
      ...expectedRevision(args, "flows run-task"),
      key: args.options["key"],
    });
    const { taskId } = change.task;
    const answer = changeAnswer(change, { taskId, task: change.task });
    return { ...answer, text: () => `task ${taskId} belongs to it\n${answer.text()}` };
  },
};
