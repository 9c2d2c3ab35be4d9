import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { commitTask } from "../../operations/tasks/commit-task.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { resolveTaskReference } from "../arguments/resolve-target.ts";
import type { Command } from "../command.ts";

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
    options: [REVISION_OPTION, KEY_OPTION],
  },
  run(context) {
    const { registry, args } = context;
    const { taskId } = resolveTaskReference(context, args.positionals["task"] ?? "");
    const notify = args.positionals["policy"] as NotifyPolicy;
    const { task, changed } = commitTask(registry, {
      command: { type: "set_notify", taskId, source: "cli", notify },
      key: args.options["key"],
      expectedRevision: revisionOption(args, "tasks notify"),
    });
    return {
      json: { ok: true, taskId, notify: task.notify, changed },
      text: () => `${taskId}: its requester ${NOTIFY_DESCRIPTIONS[task.notify]}${changed ? "" : " (as before)"}\n`,
    };
  },
};
