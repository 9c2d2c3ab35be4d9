import { usageError } from "../../model/errors.ts";
import { type Json, parseJsonArgument } from "../../model/json.ts";
import { TASK_RUNTIMES, type TaskRuntime } from "../../model/task-record.ts";
import { runTask } from "../../operations/flows/add-task-to-flow.ts";
import { block, fail, finish, output, resume, update, wait } from "../../operations/flows/change.ts";
import type { FlowChangeDocument, FlowChangeInput } from "../../operations/flows/flow-change.ts";
import type { IndexedContext, Outcome } from "../../operations/operation.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import type { Command, ParsedArguments } from "../command.ts";
import { flowChangeText } from "../output/flow-text.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

const STEP = { name: "step" } as const;

/** A command that changes one flow. */
function changeCommand<Input extends object, Document extends FlowChangeDocument>(
  operation: (context: IndexedContext, input: FlowChangeInput & Input) => Outcome<Document>,
  spec: { command: string; values?: Command["spec"]["positionals"]; options: Command["spec"]["options"] },
  toInput: (args: ParsedArguments) => Input,
  toText: (document: Document) => string = flowChangeText,
): Command {
  const { command, values = [], options } = spec;
  return {
    jsonWhenPiped: false,
    spec: { command, positionals: [{ name: "flow" }, ...values], options: [...options, ...CHANGE_OPTIONS] },
    run(context) {
      const { args } = context;
      const change = { flow: args.positionals["flow"] ?? "", ...changeOptions(args, command) };
      const { document, notices } = operation(toIndexedContext(context), { ...toInput(args), ...change });
      return { json: document, text: () => toText(document), notices };
    },
  };
}

export const flowsWait = changeCommand(
  wait,
  {
    command: "flows wait",
    options: [
      { name: "task" },
      { name: "event" },
      { name: "until" },
      { name: "manual", flag: true },
      { name: "note" },
      STEP,
    ],
  },
  ({ options, flags }) => ({
    task: options["task"],
    event: options["event"],
    until: options["until"],
    manual: flags.has("manual"),
    note: options["note"],
    step: options["step"],
  }),
);

export const flowsBlock = changeCommand(
  block,
  { command: "flows block", options: [{ name: "reason", required: true }, STEP] },
  ({ options }) => ({ reason: options["reason"] ?? "", step: options["step"] }),
);

export const flowsResume = changeCommand(resume, { command: "flows resume", options: [STEP] }, ({ options }) => ({
  step: options["step"],
}));

export const flowsUpdate = changeCommand(
  update,
  { command: "flows update", options: [{ name: "update" }, STEP] },
  ({ options }) => ({ update: options["update"], step: options["step"] }),
);

export const flowsOutput = changeCommand(
  output,
  {
    command: "flows output",
    values: [{ name: "name" }],
    options: [{ name: "value" }, { name: "value-json" }, { name: "append", flag: true }],
  },
  ({ positionals, options, flags }) => ({
    name: positionals["name"] ?? "",
    value: valueOption(options),
    append: flags.has("append"),
  }),
);

/** A text as it is, or any JSON. */
function valueOption(options: Readonly<Record<string, string>>): Json {
  const { value, "value-json": json } = options;
  if ((value === undefined) === (json === undefined))
    throw usageError("exactly one of --value and --value-json is required", "flows output");
  return value ?? parseJsonArgument("--value-json", json);
}

export const flowsFinish = changeCommand(
  finish,
  { command: "flows finish", options: [{ name: "result" }] },
  ({ options }) => ({ result: options["result"] }),
);

export const flowsFail = changeCommand(
  fail,
  { command: "flows fail", options: [{ name: "error", required: true }] },
  ({ options }) => ({ error: options["error"] ?? "" }),
);

export const flowsRunTask = changeCommand(
  runTask,
  {
    command: "flows run-task",
    values: [{ name: "task", optional: true }],
    options: [
      { name: "run-id" },
      { name: "child-session-key" },
      { name: "runtime", choices: TASK_RUNTIMES },
      { name: "label" },
      { name: "text" },
      { name: "started", flag: true },
      STEP,
    ],
  },
  ({ positionals, options, flags }) => ({
    task: positionals["task"],
    runId: options["run-id"],
    childSessionKey: options["child-session-key"],
    runtime: options["runtime"] as TaskRuntime | undefined,
    label: options["label"],
    text: options["text"],
    started: flags.has("started"),
    step: options["step"],
  }),
  (document) => `task ${document.taskId} belongs to it\n${flowChangeText(document)}`,
);
