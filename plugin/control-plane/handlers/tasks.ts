import { join } from "node:path";
import { findTask, ledgerDays, listTasks, type TaskRow, taskStatus } from "../../../registry-helper/index.ts";
import { contextOf } from "../../../registry-helper/cli/output/task-context-text.ts";
import { nameOf } from "../../../registry-helper/cli/output/task-text.ts";
import { parseObject } from "../../../registry-helper/storage/run-projections.ts";
import { readLines } from "../../../registry-helper/storage/journal-file.ts";
import { dayOfId } from "../../../registry-helper/model/ids.ts";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import type { TaskRecord } from "../../../registry-helper/model/task-record.ts";
import type { TaskPhase } from "../../../registry-helper/model/task-status.ts";
import { capabilitiesOf } from "../../../registry-helper/domain/task/capabilities.ts";
import { childrenOf, taskById, taskRevision } from "../../../registry-helper/views/queries/task-queries.ts";
import type { ShownTask } from "../../commands/visible-tasks.ts";
import type { Call, Handler } from "./handler.ts";
import { numberOf, textOf } from "./handler.ts";
import { taskPlaceOf } from "./page-cursor.ts";
import { timeIn } from "./query-time.ts";
import { ledgerFolder } from "../../../registry-helper/storage/ledger-journal.ts";

/** Most children that are shown by name. */
const MOST_CHILDREN = 20;

export const listTasksHandler: Handler = ({ desk, query, read }) => {
  const now = desk.registry.now();
  const limit = numberOf(query, "limit") ?? DEFAULT_LIMIT;
  const filter = {
    status: textOf(query, "status"),
    runtime: textOf(query, "runtime"),
    phase: textOf(query, "phase") as TaskPhase | undefined,
    owner: textOf(query, "owner"),
    flowId: textOf(query, "flow"),
    runId: textOf(query, "run"),
    since: timeIn(textOf(query, "since"), "since", now),
    search: textOf(query, "search"),
    all: query["all"] === true,
    before: taskPlaceOf(textOf(query, "before")),
    now,
    limit,
  };
  const tasks = read.query((database) => listTasks(database, filter));
  const next = tasks.length < limit ? null : (tasks.at(-1)?.taskId ?? null);
  return { document: { tasks: tasks.map((task): ShownTask => ({ ...task, view: taskStatus(task, now) })), next } };
};

/** The task that the path names, as people name tasks. */
export function taskOf({ read, params }: Call): TaskRow {
  return read.query((database) => findTask(database, params["taskId"] ?? ""));
}

export const getTask: Handler = (call) => {
  const { desk, read } = call;
  const task = taskOf(call);
  const { parent, children, revision } = read.query((database) => ({
    parent: task.parentTaskId === null ? undefined : taskById(database, task.parentTaskId),
    children: childrenOf(database, task.taskId),
    revision: taskRevision(database, task.taskId),
  }));
  const view = taskStatus(task, desk.registry.now());
  return {
    document: {
      task: { ...task, view, capabilities: capabilitiesOf(task) },
      revision,
      parent: parent === undefined ? null : brief(parent),
      children: children.slice(0, MOST_CHILDREN).map(brief),
      childCount: children.length,
      context: contextOf(task, view),
    },
    etag: revision,
  };
};

function brief(task: TaskRecord): { taskId: string; status: string; what: string } {
  return { taskId: task.taskId, status: task.status, what: nameOf(task) };
}

/** Lines of the day's ledger that are about one task; the others are passed over without being parsed. */
export const listTaskEvents: Handler = (call) => {
  const { taskId } = taskOf(call);
  const { fs, root } = call.desk.registry;
  const day = dayOfId(taskId);
  const events: JsonObject[] = [];
  if (day !== undefined && ledgerDays(fs, root).includes(day)) {
    readLines(fs, join(ledgerFolder(root), `${day}.jsonl`), 0, ({ text }) => {
      if (!text.includes(taskId)) return undefined;
      const event = parseObject(text);
      if (event?.["taskId"] === taskId) events.push(event);
      return undefined;
    });
  }
  return { document: { events } };
};
