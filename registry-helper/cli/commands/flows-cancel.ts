import { cancelFlow } from "../../operations/flows/cancel-flow.ts";
import { getActor } from "../arguments/actor.ts";
import { CHANGE_OPTIONS, expectedRevision, field, resolveFlowId } from "../arguments/flow-options.ts";
import type { Command } from "../command.ts";

/** Wants a flow to stop, for good. */
export const flowsCancel: Command = {
  jsonWhenPiped: false,
  spec: { command: "flows cancel", positionals: [{ name: "flow" }], options: [{ name: "reason" }, ...CHANGE_OPTIONS] },
  run(context) {
    const { registry, args, self } = context;
    const flowId = resolveFlowId(context);
    const outcome = cancelFlow(registry, {
      flowId,
      by: getActor(context),
      ...field(args, "reason"),
      ...expectedRevision(args, "flows cancel"),
      key: args.options["key"],
    });
    const { flow, changed, replayed, activeTasks } = outcome;
    return {
      json: {
        ok: true,
        flowId,
        revision: flow?.revision ?? null,
        changed,
        replayed,
        status: flow?.status ?? null,
        activeTasks,
        flow,
      },
      text: () => {
        if (flow === null) return `${flowId}: its run is cancelled\n`;
        if (flow.endedAt !== null) return `${flowId} has ended: ${flow.status}\n`;
        const tasks = activeTasks.map((taskId) => `  ${taskId}\n`).join("");
        return `${flowId} ends as cancelled once these have ended:\n${tasks}look again with: ${self} flows show ${flowId}\n`;
      },
    };
  },
};
