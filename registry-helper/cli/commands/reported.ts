import { reported } from "../../operations/runs/reported.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";

export const reportedCommand = defineCommand({
  command: "reported",
  positionals: [{ name: "run_id" }],
  options: [{ name: "message" }, { name: "by" }, KEY_OPTION],
  run(context, input) {
    const { document, notices } = reported(context, input);
    const { delivery } = document;
    const is = delivery === undefined ? "" : `; its delivery is ${delivery}`;
    return {
      json: document,
      text: () => `noted: the person was told of the end of ${document.runId}, as you say${is}\n`,
      notices,
    };
  },
});
