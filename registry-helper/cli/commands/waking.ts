import { waking, type WakingDocument } from "../../operations/runs/waking.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { wakeCallText } from "../output/wake-text.ts";

export const wakingCommand = defineCommand({
  command: "waking",
  positionals: [{ name: "run_id" }],
  options: [{ name: "cron" }, KEY_OPTION],
  run(context, input) {
    const { document } = waking(context, input);
    return { json: document, text: () => `${wakingText(document, context.self)}\n` };
  },
});

function wakingText({ runId, by, cronJobId, call }: WakingDocument, self: string): string {
  switch (by) {
    case "cron":
      return `the cron job ${cronJobId ?? ""} wakes this run; make no other one`;
    case "plugin":
      return "the gateway plugin wakes this run; make no cron job";
    case "nothing":
      return wakeCallText(call ?? {}, { runId, self });
    case "ended":
      return cronJobId === null
        ? `run ${runId} has ended; nothing needs to wake it`
        : `run ${runId} has ended: remove the cron job ${cronJobId} from the host, then\n  $ ${self} unbind ${runId} cron --text`;
  }
}
