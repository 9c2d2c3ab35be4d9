import { taskStatus } from "../../domain/task/status.ts";
import { usageError } from "../../model/errors.ts";
import { MAX_TASK_ARTIFACTS } from "../../model/limits.ts";
import type { TaskStep } from "../../model/task-events.ts";
import { BLOCK_REASONS, type BlockReason, STATABLE_PHASES, type StatablePhase } from "../../model/task-status.ts";
import { commitTask } from "../../operations/tasks/commit-task.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { taskOrOwn } from "../arguments/resolve-target.ts";
import { type ParsedArguments, type Command } from "../command.ts";

/** An agent's own word about its work. */
export const tasksReport: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks report",
    positionals: [{ name: "task", optional: true }],
    options: [
      { name: "phase", choices: STATABLE_PHASES },
      { name: "block", choices: [...BLOCK_REASONS, "none"] },
      { name: "update" },
      { name: "next" },
      { name: "artifact" },
      REVISION_OPTION,
      KEY_OPTION,
    ],
  },
  run(context) {
    const { registry, args } = context;
    const step = parseStep(args);
    const { taskId } = taskOrOwn(context, "tasks report");
    const { task, changed } = commitTask(registry, {
      command: { type: "report", taskId, source: "cli", step },
      key: args.options["key"],
      expectedRevision: revisionOption(args, "tasks report"),
    });
    const view = taskStatus(task, registry.now());
    return {
      json: { ok: true, taskId, changed, task: { ...task, view } },
      text: () => {
        const blocked = view.blockReason === null ? "" : `, blocked by ${view.blockReason}`;
        return `noted: ${taskId} is ${view.phase}${blocked}${view.latestUpdate === null ? "" : `: ${view.latestUpdate}`}\n`;
      },
    };
  },
};

function parseStep(args: ParsedArguments): TaskStep {
  const { options, lists } = args;
  const artifacts = lists["artifact"] ?? [];
  if (artifacts.length > MAX_TASK_ARTIFACTS)
    throw usageError(`argument --artifact: at most ${MAX_TASK_ARTIFACTS} at once`, "tasks report");
  const block = options["block"];
  const update = textOption(args, "update");
  const nextAction = textOption(args, "next");
  const step: TaskStep = {
    ...(options["phase"] === undefined ? {} : { phase: options["phase"] as StatablePhase }),
    ...(block === undefined ? {} : { blockReason: block === "none" ? null : (block as BlockReason) }),
    ...(update === undefined ? {} : { update }),
    ...(nextAction === undefined ? {} : { nextAction }),
    ...(artifacts.length === 0 ? {} : { artifacts }),
  };
  if (Object.keys(step).length === 0)
    throw usageError("one of --phase, --block, --update, --next and --artifact is required", "tasks report");
  return step;
}
