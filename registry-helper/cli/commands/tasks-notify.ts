import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { notify } from "../../operations/tasks/notify.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

const NOTIFY_DESCRIPTIONS: Readonly<Record<NotifyPolicy, string>> = {
  done_only: "hears of its end",
  state_changes: "hears when it starts, waits, goes on and ends",
  silent: "hears nothing; a failure still shows up under attention",
};

/** Who started the work hears more or less of it from now on. */
export const tasksNotify: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks notify",
    positionals: [{ name: "task" }, { name: "policy", choices: NOTIFY_POLICIES }],
    options: CHANGE_OPTIONS,
  },
  run(context) {
    const { positionals } = context.args;
    const { document } = notify(toIndexedContext(context), {
      task: positionals["task"] ?? "",
      policy: positionals["policy"] as NotifyPolicy,
      ...changeOptions(context.args, "tasks notify"),
    });
    return {
      json: document,
      text: () => {
        const described = NOTIFY_DESCRIPTIONS[document.notify];
        return `${document.taskId}: its requester ${described}${document.changed ? "" : " (as before)"}\n`;
      },
    };
  },
};
