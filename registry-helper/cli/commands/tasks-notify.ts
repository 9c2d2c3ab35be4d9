import { changeTask } from "../../operations/tasks/commit-task.ts";
import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { taskOf } from "../arguments/resolve-target.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import type { Verb } from "../command.ts";

const HEARS: Readonly<Record<NotifyPolicy, string>> = {
  done_only: "hears of its end",
  state_changes: "hears when it starts, waits, goes on and ends",
  silent: "hears nothing; a failure still shows up under attention",
};

/** Who started the work hears more or less of it from now on. */
export const tasksNotify: Verb = {
  jsonWhenPiped: false,
  spec: {
    verb: "tasks notify",
    positionals: [{ name: "task" }, { name: "policy", choices: NOTIFY_POLICIES }],
    options: [REVISION_OPTION, KEY_OPTION],
  },
  run(context) {
    const { registry, args } = context;
    const { taskId } = taskOf(context, args.positionals["task"] ?? "");
    const notify = args.positionals["policy"] as NotifyPolicy;
    const { task, changed } = changeTask(registry, {
      command: { type: "set_notify", taskId, source: "cli", notify },
      key: args.options["key"],
      expectedRevision: revisionOption(args, "tasks notify"),
    });
    return {
      json: { ok: true, taskId, notify: task.notify, changed },
      text: () => `${taskId}: its requester ${HEARS[task.notify]}${changed ? "" : " (as before)"}\n`,
    };
  },
};
