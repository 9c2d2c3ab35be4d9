import { setTimeout as pause } from "node:timers/promises";
import { usageError } from "../../model/errors.ts";
import { cancel, getCancelStatus, type TaskCancelDocument } from "../../operations/tasks/cancel.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import { type Command, type CommandContext, type ParsedArguments } from "../command.ts";
import { toIndexedContext, withOpenIndex } from "../output/indexing-progress.ts";

/** How long the command waits for the gateway's answer unless told otherwise, in seconds. */
const DEFAULT_WAIT = 10;
const MAX_WAIT_SECONDS = 3_600;
/** Pause between two looks at the journal. */
const POLL_INTERVAL_MS = 150;

/** Requests that a task is stopped, and waits for what comes of it. */
export const tasksCancel: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks cancel",
    positionals: [{ name: "task" }],
    options: [{ name: "reason" }, { name: "wait" }, ...CHANGE_OPTIONS],
  },
  async run(context) {
    const { args, self } = context;
    const waitMs = waitOption(args) * 1000;
    const asked = cancel(toIndexedContext(context), {
      task: args.positionals["task"] ?? "",
      reason: args.options["reason"],
      ...changeOptions(args, "tasks cancel"),
    });
    const document = await pollUntilDecided(context, asked.document, Date.now() + waitMs);
    return {
      json: document,
      exit: document.ok ? 0 : 1,
      text: () => `${outcomeText(document, self)}\n`,
    };
  },
};

function waitOption(args: ParsedArguments): number {
  const seconds = Number(args.options["wait"] ?? DEFAULT_WAIT);
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
