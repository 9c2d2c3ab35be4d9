import { setTimeout as pause } from "node:timers/promises";
import { usageError } from "../../model/errors.ts";
import { terminalText } from "../../model/sanitize-text.ts";
import type { Micros } from "../../model/time.ts";
import { list, type TaskListDocument } from "../../operations/tasks/list.ts";
import { formatTaskName } from "../../operations/tasks/task-name.ts";
import { FILTER_OPTIONS, sinceOption, taskListInput } from "../arguments/task-filter-options.ts";
import { type ParsedArguments, type Command, type CommandContext } from "../command.ts";
import { withOpenIndex } from "../output/indexing-progress.ts";
import { ago } from "../output/table.ts";
import { phaseWord, shortId, taskTable } from "../output/task-text.ts";

const DEFAULT_INTERVAL = 2;
const MAX_ROUNDS = 1_000_000;
/** Cursor home and clear: the whole of what is asked of a terminal. */
const CLEAR = "\u001b[H\u001b[2J";

/** The list, live: drawn anew on a terminal, else a line for each task that changed. Ends on Ctrl-C. */
export const tasksWatch: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks watch",
    positionals: [],
    options: [...FILTER_OPTIONS, { name: "limit" }, { name: "interval" }, { name: "count" }],
  },
  async run(context) {
    const { registry, args } = context;
    const intervalMs = numberOption(args, "interval", DEFAULT_INTERVAL, 0.05) * 1000;
    const rounds = numberOption(args, "count", MAX_ROUNDS, 1);
    const input = taskListInput(args, "tasks watch");
    sinceOption(input.since, registry.now(), "tasks watch");
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
};

function numberOption(args: ParsedArguments, name: string, otherwise: number, least: number): number {
  const value = Number(args.options[name] ?? otherwise);
  if (Number.isFinite(value) && value >= least) return value;
  throw usageError(`argument --${name}: a number from ${least} on`, "tasks watch");
}

type ListedTasks = TaskListDocument["tasks"];

/** Shows the tasks of each look, given what was shown before. */
function createPrinter(context: CommandContext): (tasks: ListedTasks, now: Micros) => void {
  const { registry, args, isTerminal, out } = context;
  const asJson = args.flags.has("json");
  if (isTerminal && !asJson) {
    return (tasks, now) => {
      const what = tasks.length === 0 ? `no tasks in ${registry.root}\n` : taskTable(tasks, now);
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
