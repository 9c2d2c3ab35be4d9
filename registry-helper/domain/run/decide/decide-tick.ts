import { type RunDocument, type RunNode, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { type Micros, parseMicros } from "../../../model/time.ts";
import type { TickCommand } from "../commands.ts";
import { ControlTaker } from "./apply-control-lines.ts";
import { JUDGE_WAIT_MS } from "./decide-observation.ts";
import { completeNode, failNode, isRetryDue, retryNode } from "../transitions/end-node.ts";
import { Operation } from "../transitions/event-batch.ts";
import { settleRun } from "../transitions/settle-run.ts";
import { questionPlan } from "../transitions/start-node.ts";
import { waitTargetOf } from "../state/wait-target.ts";

/**
 * Brings a run up to the present: takes over the controls that others wrote into `control.jsonl` (a bad one is
 * rejected alone), ends what ran out of time, begins further attempts, and ends waits.
 */
export function decideTick(document: RunDocument, command: TickCommand, context: { now: Micros }): RunEventDraft[] {
  const controls = new ControlTaker(document, context);
  for (const line of command.controls?.lines ?? []) controls.take(line);
  const clock = new Operation(controls.run, { ...context, by: "clock" });
  if (command.controls !== undefined && command.controls.bytes !== (document.state.controlBytes ?? 0))
    clock.add({ event: "control.read", controlBytes: command.controls.bytes });
  if (!TERMINAL_RUN_STATUSES.includes(clock.state.status)) {
    settleTimes(clock, command);
    settleRun(clock);
  }
  return [...controls.drafts, ...clock.drafts];
}

function settleTimes(operation: Operation, command: TickCommand): void {
  const isPaused = operation.state.status === "paused";
  for (const { id } of operation.state.nodes) {
    const node = operation.node(id);
    if (node === undefined) continue;
    if (node.status === "running") settleRunning(operation, node, command);
    if (isPaused) continue;
    if (node.status === "ready" && node.kind === "wait") startWait(operation, node);
    if (node.status === "waiting") settleWaiting(operation, node, command);
    if (node.status === "failed" && isRetryDue(operation, node)) retryNode(operation, id);
  }
}

/** A wait needs nobody to begin it. It ends at a later tick. */
function startWait(operation: Operation, node: RunNode): void {
  operation.add({ event: "node.started", nodeId: node.id, implied: true });
  operation.add({ event: "node.waiting", nodeId: node.id, ...questionPlan(operation, node) });
}

function isPast(operation: Operation, at: string | undefined): boolean {
  const time = parseMicros(at);
  return time !== undefined && operation.now >= time;
}

function settleRunning(operation: Operation, node: RunNode, command: TickCommand): void {
  if (node.observed?.status === "succeeded") {
    if (operation.now - (parseMicros(node.observed.at) ?? 0) >= JUDGE_WAIT_MS * 1000) judge(operation, node, command);
    return;
  }
  if (!isPast(operation, node.deadlineAt)) return;
  const limit = node.policy?.timeoutMs ?? 0;
  failNode(operation, node, { reason: "timed_out", message: `Took longer than ${limit} ms.` });
}

/** Its child succeeded and nobody judged the result: the files that it had to leave behind decide. */
function judge(operation: Operation, node: RunNode, command: TickCommand): void {
  const files = command.files?.[node.id];
  if (files === undefined) return;
  const { evidence, missing } = files;
  if (missing.length > 0 && node.policy?.evidence === "required") {
    failNode(operation, node, { reason: "no_evidence", message: `Its child ended without ${missing.join(", ")}.` });
    return;
  }
  completeNode(operation, node, {
    message: node.observed?.summary ?? "Its child succeeded.",
    ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
    ...(evidence.length === 0 ? {} : { evidence }),
  });
}

function settleWaiting(operation: Operation, node: RunNode, command: TickCommand): void {
  if (node.kind !== "wait") {
    if (isPast(operation, node.deadlineAt))
      failNode(operation, node, { reason: "expired", message: "Nobody answered in time." });
    return;
  }
  const over = endOfWait(operation, node, command);
  if (over !== undefined) completeNode(operation, node, { message: over });
  else if (isPast(operation, node.deadlineAt))
    failNode(operation, node, { reason: "timed_out", message: "What it waited for did not come in time." });
}

/** Why a wait is over, in words; undefined while it is not. */
function endOfWait(operation: Operation, node: RunNode, command: TickCommand): string | undefined {
  const target = waitTargetOf(node);
  switch (target.type) {
    case "next_tick":
      return "The next tick came.";
    case "file_exists":
      return command.existing?.includes(target.path) === true ? `${target.path} is there.` : undefined;
    case "until":
      return isPast(operation, target.at) ? `It is ${target.at}.` : undefined;
    case "task": {
      const status = command.endedTasks?.[target.task];
      return status === undefined ? undefined : `Task ${target.task} ${status}.`;
    }
    case "event":
      return operation.state.received !== undefined && Object.hasOwn(operation.state.received, target.event)
        ? `${target.event} came.`
        : undefined;
    case "manual":
      return undefined;
  }
}
