import { hasAge } from "../../../model/age.ts";
import { type RunDocument, type RunNode, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { parseMicros } from "../../../model/time.ts";
import type { TickCommand } from "../commands.ts";
import { formatMissingFiles } from "../state/missing-files.ts";
import { parseWaitTarget } from "../state/wait-target.ts";
import { completeNode, failNode, isRetryDue, retryNode } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { planQuestion } from "../transitions/start-node.ts";
import { ControlApplier } from "./apply-control-lines.ts";
import type { DecideContext } from "./decide-context.ts";
import { AUTO_COMPLETE_WAIT_MS } from "./decide-observation.ts";

/**
 * Brings a run up to the present: takes over the controls that others wrote into `control.jsonl` (a bad one is
 * rejected alone), ends what ran out of time, begins further attempts, and ends waits.
 */
export function decideTick(document: RunDocument, command: TickCommand, context: DecideContext): RunEventDraft[] {
  const controls = new ControlApplier(document, context);
  for (const line of command.controls?.lines ?? []) controls.apply(line);
  const clock = new EventBatch(controls.run, { ...context, by: "clock" });
  if (command.controls !== undefined && command.controls.bytes !== (document.state.controlBytes ?? 0))
    clock.add({ event: "control.read", controlBytes: command.controls.bytes });
  if (!TERMINAL_RUN_STATUSES.includes(clock.state.status)) {
    processTimers(clock, command);
    resolveRunStatus(clock);
  }
  return [...controls.drafts, ...clock.drafts];
}

function processTimers(batch: EventBatch, command: TickCommand): void {
  const isPaused = batch.state.status === "paused";
  for (const { id } of batch.state.nodes) {
    const node = batch.node(id);
    if (node === undefined) continue;
    if (node.status === "running") processRunning(batch, node, command);
    if (isPaused) continue;
    if (node.status === "ready" && node.kind === "wait") startWait(batch, node);
    if (node.status === "waiting") processWaiting(batch, node, command);
    if (node.status === "failed" && isRetryDue(node, batch.now)) retryNode(batch, id);
  }
}

/** A wait needs nobody to begin it. It ends at a later tick. */
function startWait(batch: EventBatch, node: RunNode): void {
  batch.add({ event: "node.started", nodeId: node.id, implied: true });
  batch.add({ event: "node.waiting", nodeId: node.id, ...planQuestion(batch, node) });
}

function isPast(batch: EventBatch, at: string | undefined): boolean {
  const time = parseMicros(at);
  return time !== undefined && batch.now >= time;
}

function processRunning(batch: EventBatch, node: RunNode, command: TickCommand): void {
  if (node.observed?.status === "succeeded") {
    if (hasAge((batch.now - (parseMicros(node.observed.at) ?? 0)) / 1000, AUTO_COMPLETE_WAIT_MS))
      autoComplete(batch, node, command);
    return;
  }
  if (!isPast(batch, node.deadlineAt)) return;
  const limit = node.policy?.timeoutMs ?? 0;
  failNode(batch, node, { reason: "timed_out", message: `Took longer than ${limit} ms.` });
}

/** Its child succeeded and nobody judged the result: the files that it had to leave behind decide. */
function autoComplete(batch: EventBatch, node: RunNode, command: TickCommand): void {
  const files = command.files?.[node.id];
  if (files === undefined) return;
  const { evidence, missing, stale = [], output, problem } = files;
  if (problem !== undefined) {
    failNode(batch, node, { reason: "no_evidence", message: `Its child ended, but ${problem}.` });
    return;
  }
  if (missing.length > 0 && node.policy?.evidence === "required") {
    failNode(batch, node, {
      reason: "no_evidence",
      message: `Its child ended, but ${formatMissingFiles(node, { missing, stale })}.`,
    });
    return;
  }
  completeNode(batch, node, {
    message: node.observed?.summary ?? "Its child succeeded.",
    ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
    ...(stale.length === 0 ? {} : { staleArtifacts: stale }),
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(output === undefined ? {} : { output }),
  });
}

function processWaiting(batch: EventBatch, node: RunNode, command: TickCommand): void {
  if (node.kind !== "wait") {
    if (isPast(batch, node.deadlineAt))
      failNode(batch, node, { reason: "expired", message: "Nobody answered in time." });
    return;
  }
  const endReason = findWaitEndReason(batch, node, command);
  if (endReason !== undefined) completeNode(batch, node, { message: endReason });
  else if (isPast(batch, node.deadlineAt))
    failNode(batch, node, { reason: "timed_out", message: "What it waited for did not come in time." });
}

/** Why a wait is over, in words; undefined while it is not. */
function findWaitEndReason(batch: EventBatch, node: RunNode, command: TickCommand): string | undefined {
  const target = parseWaitTarget(node);
  switch (target.type) {
    case "next_tick":
      return "The next tick came.";
    case "file_exists":
      return command.existing?.includes(target.path) === true ? `${target.path} is there.` : undefined;
    case "until":
      return isPast(batch, target.at) ? `It is ${target.at}.` : undefined;
    case "task": {
      const status = command.endedTasks?.[target.task];
      return status === undefined ? undefined : `Task ${target.task} ${status}.`;
    }
    case "event":
      return batch.state.received !== undefined && Object.hasOwn(batch.state.received, target.event)
        ? `${target.event} came.`
        : undefined;
    case "manual":
      return undefined;
  }
}
