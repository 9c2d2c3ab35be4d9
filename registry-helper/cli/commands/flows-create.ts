import { parseDeliveryRoute } from "../../domain/run/state/delivery-route.ts";
import { parseJsonArgument } from "../../model/json.ts";
import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { createFlow } from "../../registry/flow-store.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import { changeAnswer, field } from "../arguments/flow-options.ts";
import type { Command } from "../command.ts";

/** Begins a flow. Owner and route come from the agent's environment when nobody names them. */
export const flowsCreate: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "flows create",
    positionals: [],
    options: [
      { name: "title", required: true },
      { name: "goal" },
      { name: "owner" },
      { name: "delivery-context-json" },
      { name: "notify", choices: NOTIFY_POLICIES },
      { name: "step" },
      KEY_OPTION,
    ],
  },
  run({ registry, args, env }) {
    const { options } = args;
    const owner = options["owner"] ?? (env["CLAWTASK_SESSION_KEY"] || undefined);
    const context = options["delivery-context-json"] ?? env["CLAWTASK_DELIVERY_CONTEXT"];
    const route = parseDeliveryRoute(parseJsonArgument("--delivery-context-json", context), owner ?? null);
    const notify = options["notify"] as NotifyPolicy | undefined;
    const change = createFlow(registry, {
      facts: {
        title: textOption(args, "title") ?? "",
        ...field(args, "goal"),
        ...(owner === undefined ? {} : { ownerSessionKey: owner }),
        ...(route === null ? {} : { route }),
        ...(notify === undefined ? {} : { notify }),
      },
      ...field(args, "step"),
      key: options["key"],
    });
    return changeAnswer(change);
  },
};
