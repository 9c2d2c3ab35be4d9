import { show } from "../../operations/tasks/show.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { contextText } from "../output/task-context-text.ts";
import { describeTask } from "../output/task-details-text.ts";

export const tasksShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "tasks show", positionals: [{ name: "task" }], options: [{ name: "context", flag: true }] },
  run(context) {
    const { args, self } = context;
    const { document, now } = show(toIndexedContext(context), {
      task: args.positionals["task"] ?? "",
      context: args.flags.has("context"),
    });
    return {
      json: document,
      text: () => {
        const described = describeTask(document, { now, self });
        return document.context === undefined ? described : `${described}\n${contextText(document.context)}`;
      },
    };
  },
};
