import { setTimeout as pause } from "node:timers/promises";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { usageError } from "../../model/errors.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { commitTask } from "../../operations/tasks/commit-task.ts";
import type { Registry } from "../../registry/registry.ts";
import { LedgerIndex } from "../../views/queries/ledger-index.ts";
import { getActor } from "../arguments/actor.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { resolveTaskReference } from "../arguments/resolve-target.ts";
import { type ParsedArguments, type Command } from "../command.ts";

/** How long the verb waits for the gateway's answer unless told otherwise, in seconds. */
const DEFAULT_WAIT = 10;
const MAX_WAIT_SECONDS = 3_600;
/** Pause between two looks at the journal. */
const POLL_INTERVAL_MS = 150;

/** What came of the wish: the work has ended, is being stopped, cannot be, or nobody has taken the wish up. */
type Outcome = "ended" | "accepted" | "refused" | "asked";

/** Records the wish to stop a task. The gateway carries it out, and answers in the journal. */
export const tasksCancel: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks cancel",
    positionals: [{ name: "task" }],
    options: [{ name: "reason" }, { name: "wait" }, REVISION_OPTION, KEY_OPTION],
  },
  async run(context) {
    const { registry, args, self } = context;
    const waitMs = waitOption(args) * 1000;
    const reason = textOption(args, "reason");
    const { taskId } = resolveTaskReference(context, args.positionals["task"] ?? "");
    const by = getActor(context);
    const command = { type: "request_cancel" as const, taskId, source: "cli", by };
    const { task: asked } = commitTask(registry, {
      command: { ...command, ...(reason === undefined ? {} : { reason }) },
      key: args.options["key"],
      expectedRevision: revisionOption(args, "tasks cancel"),
    });
    const task = await pollUntilEnded(registry, asked, Date.now() + waitMs);
    const outcome = getCancelOutcome(task);
    return {
      json: {
        ok: outcome !== "refused",
        taskId,
        outcome,
        status: task.status,
        reason: outcome === "asked" ? null : (task.cancel?.reason ?? null),
      },
      exit: outcome === "refused" ? 1 : 0,
      text: () => `${outcomeText(task, outcome, self)}\n`,
    };
  },
};

function waitOption(args: ParsedArguments): number {
  const seconds = Number(args.options["wait"] ?? DEFAULT_WAIT);
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw usageError(`argument --wait: seconds from 0 to ${MAX_WAIT_SECONDS}`, "tasks cancel");
}

function getCancelOutcome(task: TaskRecord): Outcome {
  return isTerminalTask(task) ? "ended" : (task.cancel?.outcome ?? "asked");
}

/** Looks at the journal until the work has ended or the wish was refused. */
async function pollUntilEnded(registry: Registry, asked: TaskRecord, until: number): Promise<TaskRecord> {
  const index = new LedgerIndex(registry);
  try {
    let task = asked;
    for (;;) {
      const outcome = getCancelOutcome(task);
      if (outcome === "ended" || outcome === "refused" || Date.now() >= until) return task;
      await pause(Math.min(POLL_INTERVAL_MS, Math.max(1, until - Date.now())));
      index.refresh();
      task = index.task(task.taskId) ?? task;
    }
  } finally {
    index.close();
  }
}

function outcomeText(task: TaskRecord, outcome: Outcome, self: string): string {
  const { taskId, status } = task;
  const why = task.cancel?.reason ?? null;
  switch (outcome) {
    case "ended":
      return `${taskId} has ended: ${status}`;
    case "accepted":
      return `${taskId} is being stopped${why === null ? "" : `: ${why}`}\nlook again with: ${self} tasks show ${taskId}`;
    case "refused":
      return `${taskId} cannot be stopped: ${why ?? "its owner refused"}\nlook at it with: ${self} tasks show ${taskId} --context`;
    case "asked":
      return "recorded; no gateway has taken it up yet: it is carried out when one runs";
  }
}
