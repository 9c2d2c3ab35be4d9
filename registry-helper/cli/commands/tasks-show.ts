import type { TaskRecord } from "../../model/task-record.ts";
import { capabilitiesOf } from "../../domain/task/capabilities.ts";
import { taskStatus } from "../../domain/task/status.ts";
import { childrenOf, findTask, taskById, taskRevision } from "../../views/queries/task-queries.ts";
import { indexed } from "../output/indexing-progress.ts";
import { describeTask } from "../output/task-details-text.ts";
import { contextOf, contextText } from "../output/task-context-text.ts";
import { nameOf } from "../output/task-text.ts";
import type { Verb } from "../command.ts";

/** Most children that are shown by name. */
const MOST_CHILDREN = 20;

export const tasksShow: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "tasks show", positionals: [{ name: "task" }], options: [{ name: "context", flag: true }] },
  run(context) {
    const { registry, args, self } = context;
    const now = registry.now();
    const { task, revision, parent, children } = indexed(context, (database) => {
      const found = findTask(database, args.positionals["task"] ?? "");
      return {
        task: found,
        revision: taskRevision(database, found.taskId),
        parent: found.parentTaskId === null ? undefined : taskById(database, found.parentTaskId),
        children: childrenOf(database, found.taskId),
      };
    });
    const view = taskStatus(task, now);
    const wantsContext = args.flags.has("context");
    const family = {
      parent: parent === undefined ? null : brief(parent),
      children: children.slice(0, MOST_CHILDREN).map(brief),
      childCount: children.length,
    };
    return {
      json: {
        ok: true,
        task: { ...task, view, capabilities: capabilitiesOf(task) },
        revision,
        ...family,
        ...(wantsContext ? { context: contextOf(task, view) } : {}),
      },
      text: () => {
        const described = describeTask({ task, view, now, self, ...family });
        return wantsContext ? `${described}\n${contextText(contextOf(task, view))}` : described;
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
  return { taskId: task.taskId, status: task.status, what: nameOf(task) };
}
