import type { Verb } from "../command.ts";
import { KEY_OPTION, textOption, payloadOption } from "../arguments/common-options.ts";
import { changeRun } from "../../registry/run-store.ts";

export const progress: Verb = {
  jsonWhenPiped: true,
  spec: {
    verb: "progress",
    positionals: [{ name: "run_id" }, { name: "message" }],
    options: [{ name: "payload-json" }, KEY_OPTION],
  },
  run({ registry, args }) {
    const message = textOption(args, "message") ?? "";
    const committed = changeRun(registry, args.positionals["run_id"] ?? "", {
      key: args.options["key"],
      command: { type: "progress", message, payload: payloadOption(args) },
    });
    const [event] = committed.events;
    return { json: { ok: true, event }, text: () => `noted: ${message}\n`, notices: committed.notices };
  },
};
