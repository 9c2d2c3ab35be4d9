import { usageError } from "../../model/errors.ts";
import { type Json, type JsonObject, parseJsonArgument } from "../../model/json.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { control, type ControlDocument, type ControlInput } from "../../operations/runs/control-run.ts";
import { tick } from "../../operations/runs/tick-run.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { KEY_OPTION, readRevision, REVISION_OPTION } from "../arguments/common-options.ts";
import type { ArgumentSpec, Command, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { fitLine } from "../output/layout.ts";
import { stepsText } from "../output/next-steps-text.ts";
import { nodeEndText } from "../output/node-end-text.ts";

const RUN = { name: "run_id" } as const;
const NODE = { name: "node_id" } as const;
const WORDS = [{ name: "message" }, { name: "by" }, REVISION_OPTION, KEY_OPTION] as const;
/** For what lets the run go on: what can be done then is taken at once. */
const NEXT = { name: "next", flag: true } as const;

/** A verb that records one control and applies it. */
function controlCommand(
  action: ControlInput["action"],
  positionals: ArgumentSpec["positionals"],
  options: ArgumentSpec["options"],
  getPatch: (context: CommandContext) => Json | undefined = () => undefined,
): Command {
  const command = action.replace("_", "-");
  return defineCommand({
    command,
    positionals,
    options: [...options, ...WORDS.filter(({ name }) => !positionals.some((one) => one.name === name))],
    run(context) {
      const { args } = context;
      const nodeId = args.positionals["node_id"] ?? args.options["node-id"];
      const { document, notices, run, steps } = control(context, {
        runId: args.positionals["run_id"] ?? "",
        action,
        nodeId,
        message: args.options["message"] ?? args.positionals["message"],
        patch: getPatch(context),
        usesFirstChoice: args.flags.has("first-choice"),
        by: args.options["by"],
        key: args.options["key"],
        expectedRevision: readRevision(args.options["expected-revision"], { command }),
        claimNext: args.flags.has("next"),
      });
      const text = (): string => controlText(document, nodeId, run);
      return {
        json: document,
        text: steps === undefined ? text : () => `${text()}\n${stepsText(steps, context.columns)}`,
        notices,
      };
    },
  });
}

function controlText(document: ControlDocument, nodeId: string | undefined, run: RunDocument): string {
  const { action, runId, runStatus, nodeStatus = "", events } = document;
  if (events.length === 0)
    return `nothing to do: ${nodeId === undefined ? `run ${runId} is ${runStatus}` : `${nodeId} is ${nodeStatus}`} already\n`;
  return nodeId === undefined
    ? `recorded ${action}; run ${runId} is ${runStatus}\n`
    : `${nodeEndText(run, nodeId, events)}\n`;
}

function answerPatch(context: CommandContext): Json {
  const { options } = context.args;
  const data = parseJsonArgument("--data-json", options["data-json"]);
  return {
    ...(options["choice"] === undefined ? {} : { choice: options["choice"] }),
    ...(data === null ? {} : { data }),
  };
}

function nodePatch(context: CommandContext): Json {
  const { options } = context.args;
  const file = options["node-file"];
  const text =
    file === undefined ? options["node-json"] : readTextIfExists(context.registry.fs, file, { followLinks: true });
  const node = parseJsonArgument(file === undefined ? "--node-json" : "--node-file", text);
  if (node === null)
    throw usageError("one of the arguments --node-json --node-file is required, with something in it", "add-node");
  return { node, ...namesOption(context, "needed-by", "neededBy") };
}

function namesOption({ args }: CommandContext, option: string, key: string): JsonObject {
  const text = args.options[option];
  if (text === undefined) return {};
  return { [key]: text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()])) };
}

const tickCommand = defineCommand({
  command: "tick",
  positionals: [{ name: "run_id", optional: true }],
  options: [{ name: "all", flag: true }, REVISION_OPTION],
  run(context, input) {
    const { document } = tick(context, input);
    const lines = document.runs.flatMap(({ runId, events }) =>
      events.map((event) => eventLine({ runId, event, columns: context.columns })),
    );
    const problems = (document.problems ?? []).map(({ runId, problem }) =>
      fitLine(`${runId}  ${problem}`, context.columns),
    );
    const told = lines.length === 0 && problems.length === 0 ? ["nothing is due"] : [...lines, ...problems];
    return { json: document, exit: document.ok ? 0 : 1, text: () => `${told.join("\n")}\n` };
  },
});

function eventLine({ runId, event: line, columns }: { runId: string; event: RunEvent; columns: number }): string {
  const { event, nodeId, message, code } = line;
  const what = [code, message].filter((part) => part !== undefined).join(": ");
  return fitLine(
    `${runId}  ${event}${nodeId === undefined ? "" : ` ${nodeId}`}${what === "" ? "" : `  ${what}`}`,
    columns,
  );
}

export const controlCommands: Readonly<Record<string, Command>> = {
  pause: controlCommand("pause", [RUN], []),
  resume: controlCommand("resume", [RUN], [NEXT]),
  cancel: controlCommand("cancel", [RUN], []),
  retry: controlCommand("retry", [RUN, NODE], [NEXT]),
  skip: controlCommand("skip", [RUN, NODE], [NEXT]),
  approve: controlCommand(
    "approve",
    [RUN, NODE],
    [{ name: "choice" }, { name: "first-choice", flag: true }, { name: "data-json" }, NEXT],
    answerPatch,
  ),
  reject: controlCommand("reject", [RUN, NODE], [{ name: "choice" }, { name: "data-json" }, NEXT], answerPatch),
  "send-message": controlCommand("send_message", [RUN, { name: "message" }], []),
  "patch-cron": controlCommand("patch_cron", [RUN], [{ name: "patch-json", required: true }], ({ args }) =>
    parseJsonArgument("--patch-json", args.options["patch-json"]),
  ),
  "add-node": controlCommand(
    "add_node",
    [RUN],
    [{ name: "node-json" }, { name: "node-file" }, { name: "needed-by" }, NEXT],
    nodePatch,
  ),
  "rewire-node": controlCommand("rewire_node", [RUN, NODE], [{ name: "needs", required: true }], (context) =>
    namesOption(context, "needs", "needs"),
  ),
  note: controlCommand("note", [RUN, { name: "message" }], [{ name: "node-id" }]),
  tick: tickCommand,
};
