import { STATABLE_PHASES } from "../../model/task-status.ts";
import { report, REPORTED_BLOCKS } from "../../operations/tasks/report.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** An agent's own word about its work. */
export const tasksReport: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks report",
    positionals: [{ name: "task", optional: true }],
    options: [
      { name: "phase", choices: STATABLE_PHASES },
      { name: "block", choices: REPORTED_BLOCKS },
      { name: "update" },
      { name: "next" },
      { name: "artifact" },
      ...CHANGE_OPTIONS,
    ],
  },
  run(context) {
    const { positionals, options, lists } = context.args;
    const { document } = report(toIndexedContext(context), {
      task: positionals["task"],
      phase: options["phase"],
      block: options["block"],
      update: options["update"],
      next: options["next"],
      artifacts: lists["artifact"],
      ...changeOptions(context.args, "tasks report"),
    });
    return {
      json: document,
      text: () => {
        const { taskId, task } = document;
        const { phase, blockReason, latestUpdate } = task.view;
        const blocked = blockReason === null ? "" : `, blocked by ${blockReason}`;
        return `noted: ${taskId} is ${phase}${blocked}${latestUpdate === null ? "" : `: ${latestUpdate}`}\n`;
      },
    };
  },
};
