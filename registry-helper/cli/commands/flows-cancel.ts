import { cancel } from "../../operations/flows/cancel-flow.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** Requests that a flow stops for good. */
export const flowsCancel: Command = {
  jsonWhenPiped: false,
  spec: { command: "flows cancel", positionals: [{ name: "flow" }], options: [{ name: "reason" }, ...CHANGE_OPTIONS] },
  run(context) {
    const { args, self } = context;
    const { document } = cancel(toIndexedContext(context), {
      flow: args.positionals["flow"] ?? "",
      reason: args.options["reason"],
      ...changeOptions(args, "flows cancel"),
    });
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
};
