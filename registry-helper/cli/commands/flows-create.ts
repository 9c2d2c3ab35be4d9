import { parseJsonArgument } from "../../model/json.ts";
import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { create } from "../../operations/flows/create.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { flowChangeText } from "../output/flow-text.ts";

/** Creates a flow. Owner and route come from the agent's environment when nobody names them. */
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
  run(context) {
    const { options } = context.args;
    const route = options["delivery-context-json"] ?? context.env["CLAWTASK_DELIVERY_CONTEXT"];
    const { document, notices } = create(context, {
      title: options["title"] ?? "",
      goal: options["goal"],
      owner: options["owner"],
      deliveryContext: parseJsonArgument("--delivery-context-json", route),
      notify: options["notify"] as NotifyPolicy | undefined,
      step: options["step"],
      key: options["key"],
    });
    return { json: document, text: () => flowChangeText(document), notices };
  },
};
