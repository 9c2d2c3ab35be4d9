import { getCapabilities } from "../../domain/task/capabilities.ts";
import { taskStatus } from "../../domain/task/status.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { listChildTasks, findTask, taskById, taskRevision } from "../../views/queries/task-queries.ts";
import type { Command } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";
import { getTaskContext, contextText } from "../output/task-context-text.ts";
import { describeTask } from "../output/task-details-text.ts";
import { formatTaskName } from "../output/task-text.ts";

/** Most children that are shown by name. */
const MAX_CHILDREN = 20;

export const tasksShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "tasks show", positionals: [{ name: "task" }], options: [{ name: "context", flag: true }] },
  run(context) {
    const { registry, args, self } = context;
    const now = registry.now();
    const { task, revision, parent, children } = indexed(context, (database) => {
      const found = findTask(database, args.positionals["task"] ?? "");
      return {
        task: found,
        revision: taskRevision(database, found.taskId),
        parent: found.parentTaskId === null ? undefined : taskById(database, found.parentTaskId),
        children: listChildTasks(database, found.taskId),
      };
    });
    const view = taskStatus(task, now);
    const wantsContext = args.flags.has("context");
    const family = {
      parent: parent === undefined ? null : brief(parent),
      children: children.slice(0, MAX_CHILDREN).map(brief),
      childCount: children.length,
    };
    return {
      json: {
        ok: true,
        task: { ...task, view, capabilities: getCapabilities(task) },
        revision,
        ...family,
        ...(wantsContext ? { context: getTaskContext(task, view) } : {}),
      },
      text: () => {
        const described = describeTask({ task, view, now, self, ...family });
        return wantsContext ? `${described}\n${contextText(getTaskContext(task, view))}` : described;
      },
    };
  },
};

/** A relative of a task, as it is named. */
export interface BriefTask {
  taskId: string;
  status: string;
  what: string;
}

function brief(task: TaskRecord): BriefTask {
  return { taskId: task.taskId, status: task.status, what: formatTaskName(task) };
}
