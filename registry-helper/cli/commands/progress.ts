import { commitRun } from "../../registry/run-store.ts";
import { KEY_OPTION, textOption, payloadOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";

export const progress: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "progress",
    positionals: [{ name: "run_id" }, { name: "message" }],
    options: [{ name: "payload-json" }, KEY_OPTION],
  },
  run({ registry, args }) {
    const message = textOption(args, "message") ?? "";
    const committed = commitRun(registry, args.positionals["run_id"] ?? "", {
      key: args.options["key"],
      command: { type: "progress", message, payload: payloadOption(args) },
    });
    const [event] = committed.events;
    return { json: { ok: true, event }, text: () => `noted: ${message}\n`, notices: committed.notices };
  },
};
