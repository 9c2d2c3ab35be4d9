import { join } from "node:path";
import {
  DEFAULT_LIMIT,
  findTask,
  findTaskOrRelated,
  formatTaskName,
  getCapabilities,
  getTaskAttempts,
  getTaskContext,
  type JsonObject,
  ledgerDays,
  ledgerFolder,
  listChildTasks,
  listTasks,
  parseDayFromId,
  LEDGER_START,
  readLedgerOperations,
  taskById,
  type TaskPhase,
  type TaskRecord,
  taskRevision,
  type TaskRow,
  taskViewer,
  toTaskFilter,
} from "../../../registry-helper/internal.ts";
import type { VisibleTask } from "../../operations/visible-tasks.ts";
import { type HandlerRequest, type Handler, getNumber, getText } from "./handler.ts";
import { parseTaskCursor } from "./page-cursor.ts";
import { parseQueryTime } from "./query-time.ts";

/** Most children that are shown by name. */
const MAX_CHILDREN = 20;

export const listTasksHandler: Handler = ({ context, query, read }) => {
  const now = context.registry.now();
  const limit = getNumber(query, "limit") ?? DEFAULT_LIMIT;
  const filter = {
    ...toTaskFilter(
      {
        status: getText(query, "status"),
        delivery: getText(query, "delivery"),
        block: getText(query, "block"),
        needs: query["needs"] === true,
        agent: getText(query, "agent"),
        label: getText(query, "label"),
      },
      context.registry,
    ),
    runtime: getText(query, "runtime"),
    phase: getText(query, "phase") as TaskPhase | undefined,
    owner: getText(query, "owner"),
    flowId: getText(query, "flow"),
    runId: getText(query, "run"),
    since: parseQueryTime(getText(query, "since"), "since", now),
    search: getText(query, "search"),
    all: query["all"] === true,
    before: parseTaskCursor(getText(query, "before")),
    now,
    limit,
  };
  const tasks = read.query((database) => {
    const view = taskViewer(context.registry, database);
    return listTasks(database, filter).map((task): VisibleTask => ({ ...task, view: view(task) }));
  });
  const next = tasks.length < limit ? null : (tasks.at(-1)?.taskId ?? null);
  return { document: { tasks, next } };
};

/** The task that the path names, as people name tasks. */
export function getRequestedTask({ read, params }: HandlerRequest): TaskRow {
  return read.query((database) => findTask(database, params["taskId"] ?? ""));
}

export const getTask: Handler = (request) => {
  const { context, read } = request;
  const { found: task, others } = read.query((database) => findTaskOrRelated(database, request.params["taskId"] ?? ""));
  const { view, parent, children, revision, attempts } = read.query((database) => ({
    view: taskViewer(context.registry, database)(task),
    parent: task.parentTaskId === null ? undefined : taskById(database, task.parentTaskId),
    children: listChildTasks(database, task.taskId),
    revision: taskRevision(database, task.taskId),
    attempts: getTaskAttempts(database, task),
  }));
  return {
    document: {
      task: { ...task, view, capabilities: getCapabilities(task) },
      revision,
      parent: parent === undefined ? null : toBriefTask(parent),
      children: children.slice(0, MAX_CHILDREN).map(toBriefTask),
      childCount: children.length,
      context: getTaskContext(task, view),
      ...attempts,
      ...(others.length === 0 ? {} : { others: others.map(toBriefTask) }),
    },
    etag: revision,
  };
};

function toBriefTask(task: TaskRecord): { taskId: string; status: string; what: string } {
  return { taskId: task.taskId, status: task.status, what: formatTaskName(task) };
}

/** Lines of the day's ledger that are about one task; the others are passed over without being parsed. */
export const listTaskEvents: Handler = (request) => {
  const { taskId } = getRequestedTask(request);
  const { fs, root } = request.context.registry;
  const day = parseDayFromId(taskId);
  const events: JsonObject[] = [];
  if (day !== undefined && ledgerDays(fs, root).includes(day)) {
    readLedgerOperations(fs, join(ledgerFolder(root), `${day}.jsonl`), LEDGER_START, (operation) => {
      for (const event of operation.events) if (event.taskId === taskId) events.push(event as unknown as JsonObject);
      return undefined;
    });
  }
  return { document: { events } };
};
