import { setTimeout as pause } from "node:timers/promises";
import { DELIVERY_STATES } from "../../model/delivery-record.ts";
import { usageError } from "../../model/errors.ts";
import { quoteShellWord } from "../../model/remedy.ts";
import { terminalText } from "../../model/sanitize-text.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { BLOCK_REASONS, TASK_PHASES } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import { parsePastTime } from "../../operations/input-checks.ts";
import { list, type TaskListDocument } from "../../operations/tasks/list.ts";
import { LISTED_TASK_STATUSES } from "../../operations/tasks/match-tasks.ts";
import { formatTaskName } from "../../operations/tasks/task-name.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import type { CommandContext, ParsedArguments } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext, withOpenIndex } from "../output/indexing-progress.ts";
import { ago } from "../output/table.ts";
import { phaseWord, shortId, taskTable } from "../output/task-text.ts";

/** What narrows a list of tasks, for every verb that shows one. */
const FILTER_OPTIONS = [
  { name: "runtime", choices: TASK_RUNTIMES },
  { name: "status", choices: LISTED_TASK_STATUSES },
  { name: "phase", choices: TASK_PHASES },
  { name: "delivery", choices: DELIVERY_STATES },
  { name: "block", choices: BLOCK_REASONS },
  { name: "needs", flag: true },
  { name: "agent" },
  { name: "label" },
  { name: "owner" },
  { name: "flow" },
  { name: "run" },
  { name: "since" },
  { name: "search" },
  { name: "all", flag: true },
] as const;

/** The options of a command line as they were given, to show how it goes on. */
function sameOptions(args: ParsedArguments, names: readonly { name: string; flag?: boolean }[]): string {
  return names
    .flatMap(({ name, flag }) => {
      if (flag === true) return args.flags.has(name) ? [` --${name}`] : [];
      const value = args.options[name];
      return value === undefined ? [] : [` --${name} ${quoteShellWord(value)}`];
    })
    .join("");
}

export const tasksList = defineCommand({
  command: "tasks list",
  options: [...FILTER_OPTIONS, { name: "before" }, LIMIT_OPTION],
  run(context, input) {
    const { registry, args, self, columns } = context;
    const { document, now } = list(toIndexedContext(context), input);
    return {
      json: document,
      text: () => {
        const { tasks, next } = document;
        if (tasks.length === 0) return `no tasks in ${registry.root}\n`;
        const more = `more: ${self} tasks list${sameOptions(args, [...FILTER_OPTIONS, { name: "limit" }])} --before ${next ?? ""}\n`;
        return `${taskTable(tasks, { now, columns })}${next === null ? "" : more}`;
      },
    };
  },
});

const DEFAULT_INTERVAL = 2;
/** Seconds: a day. Timers of more than 24 days would not wait at all. */
const MAX_INTERVAL = 86_400;
const MAX_ROUNDS = 1_000_000;
/** Cursor home and clear: the whole of what is asked of a terminal. */
const CLEAR = "\u001b[H\u001b[2J";

/** The list, live: drawn anew on a terminal, else a line for each task that changed. Ends on Ctrl-C. */
export const tasksWatch = defineCommand({
  command: "tasks watch",
  options: [...FILTER_OPTIONS, LIMIT_OPTION, { name: "interval" }, { name: "count" }],
  async run(context, { interval: _interval, count: _count, ...input }) {
    const { registry, args } = context;
    const intervalMs =
      numberOption(args, "interval", { otherwise: DEFAULT_INTERVAL, least: 0.05, most: MAX_INTERVAL }) * 1000;
    const rounds = numberOption(args, "count", { otherwise: MAX_ROUNDS, least: 1, most: MAX_ROUNDS });
    if (input.since !== undefined)
      parsePastTime(input.since, registry.now(), { name: "since", command: "tasks watch" });
    const show = createPrinter(context);
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
    try {
      await withOpenIndex(context, async (reading) => {
        for (let round = 1; !stop.signal.aborted; round += 1) {
          const { document, now } = list(reading, input);
          show(document.tasks, now);
          if (round >= rounds) break;
          await pause(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
        }
      });
    } finally {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    }
    return { json: undefined, text: () => "", silent: true };
  },
});

function numberOption(
  args: ParsedArguments,
  name: string,
  { otherwise, least, most }: { otherwise: number; least: number; most: number },
): number {
  const value = Number(args.options[name] ?? otherwise);
  if (value >= least && value <= most) return value;
  throw usageError(`argument --${name}: a number from ${least} to ${most}`, "tasks watch");
}

type ListedTasks = TaskListDocument["tasks"];

/** Shows the tasks of each look, given what was shown before. */
function createPrinter(context: CommandContext): (tasks: ListedTasks, now: Micros) => void {
  const { registry, args, isTerminal, out } = context;
  const asJson = args.flags.has("json");
  if (isTerminal && !asJson) {
    return (tasks, now) => {
      const what =
        tasks.length === 0 ? `no tasks in ${registry.root}\n` : taskTable(tasks, { now, columns: context.columns });
      out(`${CLEAR}${terminalText(what)}\nCtrl-C ends\n`);
    };
  }
  const seen = new Map<string, string>();
  return (tasks, now) => {
    // The oldest first: what comes last is the newest.
    for (const task of [...tasks].reverse()) {
      const version = [task.updatedAt, task.view.phase, task.view.blockReason].join(" ");
      if (seen.get(task.taskId) === version) continue;
      seen.set(task.taskId, version);
      out(asJson ? `${JSON.stringify(task)}\n` : `${terminalText(formatLine(task, now))}\n`);
    }
  };
}

function formatLine(task: ListedTasks[number], now: Micros): string {
  const deliveryState = task.delivery === null ? "-" : task.delivery.state;
  const latest = task.latestUpdate === null ? "" : `: ${task.latestUpdate}`;
  return `${shortId(task.taskId)}  ${task.runtime}  ${phaseWord(task, now)}  ${deliveryState}  ${ago(task.createdAt, now)}  ${formatTaskName(task)}${latest}`;
}
