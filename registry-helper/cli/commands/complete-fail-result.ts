import { ClawTaskError } from "../../model/errors.ts";
import { type Json, parseJsonArgument, parseJsonInput } from "../../model/json.ts";
import { MAX_JSON_FILE_BYTES } from "../../model/limits.ts";
import { complete, fail, result } from "../../operations/runs/report-node.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { KEY_OPTION, readWholeNumber } from "../arguments/common-options.ts";
import type { Command, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { stepsText } from "../output/next-steps-text.ts";
import { nodeEndText } from "../output/node-end-text.ts";

const POSITIONALS = [{ name: "run_id" }, { name: "node_id" }] as const;
const RESULT_OPTIONS = [{ name: "result-json" }, { name: "result-file" }] as const;
const CLAIM = { name: "claim", read: readWholeNumber } as const;

/** Ends a node, and with `--next` takes what can be done then. */
function endCommand(command: "complete" | "fail"): Command {
  return defineCommand({
    command,
    positionals: POSITIONALS,
    options: [
      { name: "message" },
      CLAIM,
      ...(command === "complete" ? RESULT_OPTIONS : []),
      { name: "next", as: "claimNext", flag: true },
      { name: "by" },
      KEY_OPTION,
    ],
    run(context, input) {
      const { document, notices, run, events, steps } =
        command === "complete" ? complete(context, { ...input, result: resultOption(context) }) : fail(context, input);
      return {
        json: document,
        text: () => {
          const line = nodeEndText(run, input.nodeId, events);
          return steps === undefined ? `${line}\n` : `${line}\n\n${stepsText(steps, context.columns)}`;
        },
        notices,
      };
    },
  });
}

export const completeCommand = endCommand("complete");
export const failCommand = endCommand("fail");

export const resultCommand = defineCommand({
  command: "result",
  jsonWhenPiped: true,
  positionals: POSITIONALS,
  options: [...RESULT_OPTIONS, CLAIM, KEY_OPTION],
  run(context, input) {
    const { document, notices } = result(context, { ...input, result: resultOption(context) });
    const { file } = document;
    return { json: document, text: () => `recorded ${file?.path ?? ""} (${file?.size ?? 0} bytes)\n`, notices };
  },
});

function resultOption({ args, registry }: CommandContext): Json {
  const path = args.options["result-file"];
  if (path === undefined) return parseJsonArgument("--result-json", args.options["result-json"]);
  const text = readTextIfExists(registry.fs, path, { followLinks: true, maxBytes: MAX_JSON_FILE_BYTES });
  if (text === undefined)
    throw new ClawTaskError("argument_missing", {
      message: `result file not found: ${path}`,
      remedy: { hint: "give its path from the current directory" },
    });
  return parseJsonInput(path, text, "write one JSON object");
}
