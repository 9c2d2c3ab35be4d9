import { list } from "../../operations/tasks/list.ts";
import { FILTER_OPTIONS, sameOptions, taskListInput } from "../arguments/task-filter-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
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
    const { document, now } = list(toIndexedContext(context), taskListInput(args, "tasks list"));
    return {
      json: document,
      text: () => {
        const { tasks, next } = document;
        if (tasks.length === 0) return `no tasks in ${registry.root}\n`;
        const more = `more: ${self} tasks list${sameOptions(args, [...FILTER_OPTIONS, { name: "limit" }])} --before ${next ?? ""}\n`;
        return `${taskTable(tasks, now)}${next === null ? "" : more}`;
      },
    };
  },
};
