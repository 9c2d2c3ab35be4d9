import { taskStatus } from "../../domain/task/status.ts";
import { listTasks } from "../../views/queries/task-queries.ts";
import { FILTER_OPTIONS, sameOptions, taskFilter } from "../arguments/task-filter-options.ts";
import type { Command } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";
import { taskTable } from "../output/task-text.ts";

export const tasksList: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks list",
    positionals: [],
    options: [...FILTER_OPTIONS, { name: "before" }, { name: "limit" }],
  },
  run(context) {
    const { registry, args, self } = context;
    const now = registry.now();
    const filter = taskFilter(args, now, "tasks list");
    const tasks = indexed(context, (database) => listTasks(database, filter));
    const next = tasks.length < filter.limit ? null : (tasks.at(-1)?.taskId ?? null);
    return {
      json: {
        ok: true,
        registryRoot: registry.root,
        tasks: tasks.map((task) => ({ ...task, view: taskStatus(task, now) })),
        next,
      },
      text: () => {
        if (tasks.length === 0) return `no tasks in ${registry.root}\n`;
        const more = `more: ${self} tasks list${sameOptions(args, [...FILTER_OPTIONS, { name: "limit" }])} --before ${next ?? ""}\n`;
        return `${taskTable(tasks, now)}${next === null ? "" : more}`;
      },
    };
  },
};
