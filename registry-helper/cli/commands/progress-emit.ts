import { emit, progress } from "../../operations/runs/reports-to-run.ts";
import { KEY_OPTION, payloadOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";

export const progressCommand: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "progress",
    positionals: [{ name: "run_id" }, { name: "message" }],
    options: [{ name: "payload-json" }, KEY_OPTION],
  },
  run(context) {
    const { positionals, options } = context.args;
    const message = positionals["message"] ?? "";
    const { document, notices } = progress(context, {
      runId: positionals["run_id"] ?? "",
      message,
      payload: payloadOption(context.args),
      key: options["key"],
    });
    return { json: document, text: () => `noted: ${message}\n`, notices };
  },
};

export const emitCommand: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "emit",
    positionals: [{ name: "run_id" }, { name: "event" }],
    options: [{ name: "payload-json" }, { name: "by" }, KEY_OPTION],
  },
  run(context) {
    const { positionals, options } = context.args;
    const { document } = emit(context, {
      runId: positionals["run_id"] ?? "",
      event: positionals["event"] ?? "",
      payload: payloadOption(context.args),
      by: options["by"],
      key: options["key"],
    });
    const { event, ended } = document;
    return {
      json: document,
      text: () =>
        ended.length === 0
          ? `noted ${event}; nothing waits for it now\n`
          : `${event} ends the wait of ${ended.join(", ")}\n`,
    };
  },
};
