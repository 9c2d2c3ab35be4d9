import { TARGET_STATUSES, type TargetStatus } from "../../domain/run/state/node-transitions.ts";
import { transitionNode } from "../../operations/runs/transition-node.ts";
import { MESSAGE_OPTIONS, payloadOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { changedNodeText } from "../output/node-end-text.ts";

export const transitionNodeCommand: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "transition-node",
    positionals: [{ name: "run_id" }, { name: "node_id" }, { name: "status", choices: TARGET_STATUSES }],
    options: MESSAGE_OPTIONS,
  },
  run(context) {
    const { positionals, options } = context.args;
    const nodeId = positionals["node_id"] ?? "";
    const status = positionals["status"] as TargetStatus;
    const { document, notices, run } = transitionNode(context, {
      runId: positionals["run_id"] ?? "",
      nodeId,
      status,
      message: options["message"],
      payload: payloadOption(context.args),
      key: options["key"],
    });
    return {
      json: document,
      text: () =>
        document.noop === true
          ? `${nodeId} is ${status} already\n`
          : `${changedNodeText(run, { nodeId, is: status, events: document.events })}\n`,
      notices,
    };
  },
};
