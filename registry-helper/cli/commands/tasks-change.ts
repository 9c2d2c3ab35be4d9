import { setTimeout as pause } from "node:timers/promises";
import { usageError } from "../../model/errors.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { NOTIFY_POLICIES, type NotifyPolicy, STATABLE_PHASES } from "../../model/task-status.ts";
import { cancel, getCancelStatus, type TaskCancelDocument } from "../../operations/tasks/cancel.ts";
import { notify, report, REPORTED_BLOCKS } from "../../operations/tasks/report.ts";
import { dismiss, type ResolvedResult, retry } from "../../operations/tasks/retry-dismiss.ts";
import { CHANGE_OPTIONS } from "../arguments/common-options.ts";
import type { Command, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext, withOpenIndex } from "../output/indexing-progress.ts";

const NOTIFY_DESCRIPTIONS: Readonly<Record<NotifyPolicy, string>> = {
  done_only: "hears of its end",
  state_changes: "hears when it starts, waits, goes on and ends",
  silent: "hears nothing; a failure still shows up under attention",
};

/** Who started the work hears more or less of it from now on. */
export const tasksNotify = defineCommand({
  command: "tasks notify",
  positionals: [{ name: "task" }, { name: "policy", choices: NOTIFY_POLICIES }],
  options: CHANGE_OPTIONS,
  run(context, input) {
    const { document } = notify(toIndexedContext(context), input);
    return {
      json: document,
      text: () => {
        const described = NOTIFY_DESCRIPTIONS[document.notify];
        return `${document.taskId}: its requester ${described}${document.changed ? "" : " (as before)"}\n`;
      },
    };
  },
});

/** An agent's own word about its work. */
export const tasksReport = defineCommand({
  command: "tasks report",
  positionals: [{ name: "task", optional: true }],
  options: [
    { name: "phase", choices: STATABLE_PHASES },
    { name: "block", choices: REPORTED_BLOCKS },
    { name: "update" },
    { name: "next" },
    { name: "artifact", as: "artifacts", repeated: true },
    ...CHANGE_OPTIONS,
  ],
  run(context, input) {
    const { document } = report(toIndexedContext(context), input);
    return {
      json: document,
      text: () => {
        const { taskId, task } = document;
        const { phase, blockReason, latestUpdate } = task.view;
        const blocked = blockReason === null ? "" : `, blocked by ${blockReason}`;
        return `noted: ${taskId} is ${phase}${blocked}${latestUpdate === null ? "" : `: ${latestUpdate}`}\n`;
      },
    };
  },
});

/** How long the command waits for the gateway's answer unless told otherwise, in seconds. */
const DEFAULT_WAIT = 10;
const MAX_WAIT_SECONDS = 3_600;
/** Pause between two looks at the journal. */
const POLL_INTERVAL_MS = 150;

/** Requests that a task is stopped, and waits for what comes of it. */
export const tasksCancel = defineCommand({
  command: "tasks cancel",
  positionals: [{ name: "task" }],
  options: [{ name: "reason" }, { name: "wait" }, ...CHANGE_OPTIONS],
  async run(context, { wait, ...input }) {
    const { self } = context;
    const waitMs = parseWait(wait) * 1000;
    const asked = cancel(toIndexedContext(context), input);
    const document = await pollUntilDecided(context, asked.document, Date.now() + waitMs);
    return {
      json: document,
      exit: document.ok ? 0 : 1,
      text: () => `${outcomeText(document, self)}\n`,
    };
  },
});

function parseWait(text: string | undefined): number {
  const seconds = Number(text ?? DEFAULT_WAIT);
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw usageError(`argument --wait: seconds from 0 to ${MAX_WAIT_SECONDS}`, "tasks cancel");
}

/** Asks until the work has ended or the request was refused. */
async function pollUntilDecided(
  context: CommandContext,
  asked: TaskCancelDocument,
  until: number,
): Promise<TaskCancelDocument> {
  return await withOpenIndex(context, async (reading) => {
    for (let latest = asked; ;) {
      if (latest.outcome === "ended" || latest.outcome === "refused" || Date.now() >= until) return latest;
      await pause(Math.min(POLL_INTERVAL_MS, Math.max(1, until - Date.now())));
      latest = getCancelStatus(reading, { task: asked.taskId }).document;
    }
  });
}

function outcomeText({ taskId, outcome, status, reason }: TaskCancelDocument, self: string): string {
  switch (outcome) {
    case "ended":
      return `${taskId} has ended: ${status}`;
    case "accepted":
      return `${taskId} is being stopped${reason === null ? "" : `: ${reason}`}\nlook again with: ${self} tasks show ${taskId}`;
    case "refused":
      return `${taskId} cannot be stopped: ${reason ?? "its owner refused"}\nlook at it with: ${self} tasks show ${taskId} --context`;
    case "asked":
      return "recorded; no gateway has taken it up yet: it is carried out when one runs";
  }
}

/** Delivers results again, each as a new generation of its delivery. */
export const tasksRetry = resolveCommand("retry", [{ name: "to" }]);
/** Records that these results are not wanted any more. */
export const tasksDismiss = resolveCommand("dismiss", [{ name: "reason" }]);

function resolveCommand(action: "retry" | "dismiss", more: Command["spec"]["options"]): Command {
  return defineCommand({
    command: `tasks ${action}`,
    positionals: [{ name: "ref", as: "refs", optional: true, many: true }],
    options: [
      ...more,
      { name: "all", flag: true },
      { name: "runtime", choices: TASK_RUNTIMES },
      { name: "since" },
      ...CHANGE_OPTIONS,
    ],
    run(context, input) {
      const { args } = context;
      const indexed = toIndexedContext(context);
      const { document } =
        action === "retry"
          ? retry(indexed, { ...input, to: args.options["to"] })
          : dismiss(indexed, { ...input, reason: args.options["reason"] });
      const { ok, results } = document;
      return {
        json: document,
        exit: ok ? 0 : 1,
        text: () => {
          if (results.length === 0) return "nothing is undelivered\n";
          return `${results.map((one) => formatLine(action, one)).join("\n")}\n`;
        },
      };
    },
  });
}

function formatLine(action: "retry" | "dismiss", result: ResolvedResult): string {
  if (!result.ok) {
    const { code, message, next } = result.error;
    return `${result.ref}: ${message}\n  code: ${code}${next === undefined ? "" : `\n  next: ${next}`}`;
  }
  const { id, changed, generation } = result;
  if (action === "dismiss") return `${id}: dismissed${changed ? "" : " already"}`;
  return changed
    ? `${id}: will be delivered again (time ${generation}) by the gateway`
    : `${id}: was asked for with this key before`;
}
