import { quoteShellWord } from "../../model/remedy.ts";
import { TASK_RUNTIMES, TASK_STATUSES } from "../../model/task-record.ts";
import { TASK_PHASES } from "../../model/task-status.ts";
import type { Micros } from "../../model/time.ts";
import { parsePastTime } from "../../operations/input-checks.ts";
import type { TaskListInput } from "../../operations/tasks/list.ts";
import type { ParsedArguments } from "../command.ts";
import { limitOption } from "./number-options.ts";

/** What narrows a list of tasks, for every verb that shows one. */
export const FILTER_OPTIONS = [
  { name: "runtime", choices: TASK_RUNTIMES },
  { name: "status", choices: TASK_STATUSES },
  { name: "phase", choices: TASK_PHASES },
  { name: "owner" },
  { name: "flow" },
  { name: "run" },
  { name: "since" },
  { name: "search" },
  { name: "all", flag: true },
] as const;

/** @throws ClawTaskError `usage` */
export function taskListInput(args: ParsedArguments, command: string): TaskListInput {
  const { options, flags } = args;
  return {
    status: options["status"],
    runtime: options["runtime"],
    phase: options["phase"],
    owner: options["owner"],
    flow: options["flow"],
    run: options["run"],
    since: options["since"],
    search: options["search"],
    all: flags.has("all"),
    before: options["before"],
    limit: limitOption(options, command),
  };
}

/** A time as people write it: so long ago, a day, or an ISO time (UTC when it names no zone). */
export function sinceOption(text: string | undefined, now: Micros, command: string): Micros | undefined {
  return text === undefined ? undefined : parsePastTime(text, now, { name: "since", command });
}

/** The options of a command line as they were given, to show how it goes on. */
export function sameOptions(args: ParsedArguments, names: readonly { name: string; flag?: boolean }[]): string {
  return names
    .flatMap(({ name, flag }) => {
      if (flag === true) return args.flags.has(name) ? [` --${name}`] : [];
      const value = args.options[name];
      return value === undefined ? [] : [` --${name} ${quoteShellWord(value)}`];
    })
    .join("");
}
