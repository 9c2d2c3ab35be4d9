import { setTimeout as sleep } from "node:timers/promises";
import { type HostRecord, recordIn, textIn } from "../host/untyped-fields.ts";
import { type CliRunner, runCommand, type CommandResult } from "./run-command.ts";

/** Pause between two looks at what became of the wish. */
const POLL_INTERVAL_MS = 200;

export interface CancelTaskOptions {
  readonly reference: string;
  readonly reason?: string | undefined;
  /** How long to wait for the work to end, in milliseconds. */
  readonly waitMs: number;
  readonly key?: string | undefined;
  /** The task's revision that the caller saw. */
  readonly expectedRevision?: number | undefined;
}

/**
 * Asks for a task to be stopped and looks what comes of it. The wish goes to the ledger at once and the gateway acts
 * on it; waiting happens here, since the ledger's thread has other things to do. The answer is that of `tasks cancel`.
 */
export async function cancelTask(run: CliRunner, request: CancelTaskOptions): Promise<CommandResult> {
  const { reference, reason, waitMs, key, expectedRevision } = request;
  const asked = await runCommand(run, {
    command: "tasks cancel",
    options: { wait: 0, reason, key, "expected-revision": expectedRevision },
    values: [reference],
  });
  const deadline = Date.now() + waitMs;
  for (let latest = asked; ;) {
    if ("error" in latest || hasOutcome(latest.document) || Date.now() >= deadline) return latest;
    await sleep(POLL_INTERVAL_MS, undefined, { ref: false });
    latest = await pollOutcome(run, textIn(latest.document, "taskId") ?? reference);
  }
}

function hasOutcome(document: HostRecord): boolean {
  return document["outcome"] === "ended" || document["outcome"] === "refused";
}

async function pollOutcome(run: CliRunner, taskId: string): Promise<CommandResult> {
  const result = await runCommand(run, { command: "tasks show", values: [taskId] });
  if ("error" in result) return result;
  const task = recordIn(result.document["task"]);
  const cancel = recordIn(task["cancel"]);
  const outcome = task["endedAt"] === null ? (textIn(cancel, "outcome") ?? "asked") : "ended";
  const reason = outcome === "asked" ? null : (textIn(cancel, "reason") ?? null);
  return { document: { ok: outcome !== "refused", taskId, outcome, status: task["status"], reason } };
}
