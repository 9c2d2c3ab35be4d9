import { fork } from "../../operations/runs/fork-run.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { wrap } from "../output/table.ts";
import { paramsOption } from "./scaffold.ts";

/** A new run that begins at a node of an old one. */
export const forkCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "fork",
    positionals: [{ name: "run_id" }],
    options: [
      { name: "from", required: true },
      { name: "run-id" },
      { name: "set" },
      { name: "set-json" },
      { name: "by" },
      KEY_OPTION,
    ],
  },
  run(context) {
    const { args, self } = context;
    const { document } = fork(context, {
      runId: args.positionals["run_id"] ?? "",
      from: args.options["from"] ?? "",
      newRunId: args.options["run-id"],
      params: paramsOption(args, "fork"),
      by: args.options["by"],
      key: args.options["key"],
    });
    const { runId, runPath, forkedFrom, carried, readyNodes } = document;
    return {
      json: document,
      text: () =>
        [
          `run ${runId} is there: ${runPath}, forked from ${forkedFrom.runId} at ${forkedFrom.nodeId}`,
          wrap(`carried over: ${carried.length === 0 ? "nothing" : carried.join(", ")}`, ""),
          wrap(`ready: ${readyNodes.length === 0 ? "nothing" : readyNodes.join(", ")}`, ""),
          "",
          `  ${self} next ${runId}`,
          "",
        ].join("\n"),
    };
  },
};
