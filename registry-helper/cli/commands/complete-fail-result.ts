import { toErrorDocument } from "../../model/error-document.ts";
import { ClawTaskError, usageError } from "../../model/errors.ts";
import { type Json, parseJsonArgument, parseJsonInput } from "../../model/json.ts";
import { MAX_JSON_FILE_BYTES } from "../../model/limits.ts";
import { type EndedNode, endNodes, type EndNodesInput } from "../../operations/runs/end-nodes.ts";
import { complete, fail, result } from "../../operations/runs/report-node.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { KEY_OPTION, readWholeNumber } from "../arguments/common-options.ts";
import type { Command, CommandAnswer, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { stepsText } from "../output/next-steps-text.ts";
import { nodeEndText } from "../output/node-end-text.ts";

const POSITIONALS = [{ name: "run_id" }, { name: "node_id" }] as const;
const RESULT_OPTIONS = [{ name: "result-json" }, { name: "result-file" }] as const;
const CLAIM = { name: "claim", read: readWholeNumber } as const;

/** A node, or `node=claim`: names of nodes have no `=`. */
function parseEnded(word: string, command: string): EndedNode {
  const at = word.indexOf("=");
  if (at < 0) return { nodeId: word };
  return { nodeId: word.slice(0, at), claim: readWholeNumber(word.slice(at + 1), { name: "claim", command }) };
}

/** Ends nodes, and with `--next` takes what can be done then. */
function endCommand(command: "complete" | "fail"): Command {
  return defineCommand({
    command,
    positionals: [{ name: "run_id" }, { name: "node_id", as: "words", many: true }],
    options: [
      { name: "message", as: "messages", repeated: true },
      CLAIM,
      ...(command === "complete" ? RESULT_OPTIONS : []),
      { name: "next", as: "claimNext", flag: true },
      { name: "by" },
      KEY_OPTION,
    ],
    run(context, { words, messages = [], ...input }) {
      const [first, ...others] = words.map((word) => parseEnded(word, command));
      if (first === undefined || others.length > 0)
        return endSeveral(context, command, { ...input, nodes: withMessages(words, messages, command) });
      const { nodeId, claim = input.claim } = first;
      const one = { ...input, nodeId, claim, message: messages.at(-1) };
      const { document, notices, run, events, steps } =
        command === "complete" ? complete(context, { ...one, result: resultOption(context) }) : fail(context, one);
      return {
        json: document,
        text: () =>
          `${nodeEndText(run, nodeId, events)}\n${steps === undefined ? "" : `\n${stepsText(steps, context.columns)}`}`,
        notices,
      };
    },
  });
}

/** One message for all of them, or one for each in their order. */
function withMessages(words: readonly string[], messages: readonly string[], command: string): EndedNode[] {
  if (messages.length > 1 && messages.length !== words.length)
    throw usageError(`argument --message: one for all nodes, or one for each of them in their order`, command);
  return words.map((word, index) => ({
    ...parseEnded(word, command),
    message: messages.length > 1 ? messages[index] : messages[0],
  }));
}

function endSeveral(
  context: CommandContext,
  command: "complete" | "fail",
  { claim, nodes, ...input }: Omit<EndNodesInput, "to"> & { claim: number | undefined },
): CommandAnswer {
  if (claim !== undefined)
    throw usageError("argument --claim: with several nodes, each has its own number: node=number", command);
  if (resultOption(context) !== null)
    throw usageError("argument --result-json: a result belongs to one node; complete that one alone", command);
  const to = command === "complete" ? "completed" : "failed";
  const { document, notices, ended, steps } = endNodes(context, { ...input, to, nodes });
  return {
    json: document,
    exit: document.ok ? 0 : 1,
    text: () => {
      const lines = ended.map((one) =>
        "error" in one
          ? refusedText(one.nodeId, one.error, context.self)
          : nodeEndText(one.run, one.nodeId, one.events),
      );
      return `${lines.join("\n")}\n${steps === undefined ? "" : `\n${stepsText(steps, context.columns)}`}`;
    },
    notices,
  };
}

function refusedText(nodeId: string, error: ClawTaskError, self: string): string {
  const { code, message, next } = toErrorDocument(error, self);
  return `${nodeId} REFUSED: ${message}\n  code: ${code}${next === undefined ? "" : `\n  next: ${next}`}`;
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
