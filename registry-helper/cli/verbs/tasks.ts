import { TASK_RUNTIMES, TASK_STATUSES } from "../../model/task-record.ts";
import { withIndex } from "../../views/queries.ts";
import { findTask, listTasks, type TaskRow } from "../../views/task-queries.ts";
import { ago, table, wrap } from "../render.ts";
import type { Verb } from "../verb.ts";
import { limitOption } from "./list.ts";

export const tasksList: Verb = {
  jsonWhenPiped: false,
  spec: {
    verb: "tasks list",
    positionals: [],
    options: [
      { name: "status", choices: TASK_STATUSES },
      { name: "runtime", choices: TASK_RUNTIMES },
      { name: "run" },
      { name: "limit" },
    ],
  },
  run({ registry, args }) {
    const { options } = args;
    const filter = {
      status: options["status"],
      runtime: options["runtime"],
      runId: options["run"],
      limit: limitOption(options, "tasks list"),
    };
    const tasks = withIndex(registry, (database) => listTasks(database, filter));
    return {
      json: { ok: true, registryRoot: registry.root, tasks },
      text: () => {
        if (tasks.length === 0) return `no tasks in ${registry.root}\n`;
        const now = registry.now();
        const rows = tasks.map((task) => [
          shortId(task.taskId),
          task.runtime,
          task.status,
          deliveryWord(task),
          ago(task.createdAt, now),
          nameOf(task),
        ]);
        return table(["TASK", "RUNTIME", "STATUS", "TOLD", "AGO", "WHAT"], rows);
      },
    };
  },
};

export const tasksShow: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "tasks show", positionals: [{ name: "task" }], options: [] },
  run({ registry, args }) {
    const task = withIndex(registry, (database) => findTask(database, args.positionals["task"] ?? ""));
    return { json: { ok: true, task }, text: () => describeTask(task) };
  },
};

/** The last part of the id: enough to show the task by, and it leaves room for what the task is. */
function shortId(taskId: string): string {
  return taskId.slice(taskId.lastIndexOf("-") + 1);
}

function nameOf(task: TaskRow): string {
  const node = task.link === null ? "" : ` [${task.link.runId}/${task.link.nodeId}]`;
  return `${task.label ?? task.task ?? task.childSessionKey ?? ""}${node}`;
}

function deliveryWord(task: TaskRow): string {
  return task.delivery === null ? "-" : task.delivery.state;
}

function describeTask(task: TaskRow): string {
  const { delivery, link } = task;
  const attempt = task.attempts.at(-1);
  const route =
    task.route === null
      ? "-"
      : `${task.route.channel} ${task.route.to}${task.route.threadId === undefined ? "" : ` thread ${task.route.threadId}`}`;
  const told =
    delivery === null
      ? "not due yet"
      : [delivery.state, delivery.reason ?? delivery.receipt].filter(Boolean).join(": ");
  const rows: [string, string | null | undefined][] = [
    ["task", task.taskId],
    ["what", task.label],
    ["status", `${task.status}${task.errorSummary === null ? "" : `: ${task.errorSummary}`}`],
    ["runtime", task.runtime],
    ["node", link === null ? null : `${link.runId} / ${link.nodeId} (attempt ${link.attempt})`],
    ["asked by", task.requesterSessionKey],
    ["route", route],
    ["told", told],
    ["worker", attempt?.worker.sessionKey],
    ["model", attempt?.worker.model],
    ["host run", attempt?.runId],
    ["created", task.createdAt],
    ["started", task.startedAt],
    ["ended", task.endedAt],
    ["latest", task.latestUpdate],
  ];
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `${name.padEnd(9)} ${value ?? ""}`);
  const block = (title: string, text: string | null): string[] => (text === null ? [] : ["", title, wrap(text, "  ")]);
  return `${[...lines, ...block("asked for", task.task), ...block("result", task.result), ...block("error", task.error)].join("\n")}\n`;
}
