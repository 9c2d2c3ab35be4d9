import { fork } from "../../operations/runs/fork-run.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { wrap } from "../output/layout.ts";
import { PARAMS_OPTIONS, paramsOption } from "./scaffold.ts";

/** A new run that begins at a node of an old one. */
export const forkCommand = defineCommand({
  command: "fork",
  positionals: [{ name: "run_id" }],
  options: [
    { name: "from", required: true },
    { name: "run-id", as: "newRunId" },
    { name: "route" },
    ...PARAMS_OPTIONS,
    { name: "by" },
    KEY_OPTION,
  ],
  run(context, { set: _set, setJson: _setJson, ...input }) {
    const { args, self, columns } = context;
    const { document } = fork(context, { ...input, params: paramsOption(args, "fork") });
    const { runId, runPath, forkedFrom, carried, readyNodes } = document;
    return {
      json: document,
      text: () =>
        [
          `run ${runId} is there: ${runPath}, forked from ${forkedFrom.runId} at ${forkedFrom.nodeId}`,
          wrap(`carried over: ${carried.length === 0 ? "nothing" : carried.join(", ")}`, "", columns),
          wrap(`ready: ${readyNodes.length === 0 ? "nothing" : readyNodes.join(", ")}`, "", columns),
          "",
          `  ${self} next ${runId}`,
          "",
        ].join("\n"),
    };
  },
});
