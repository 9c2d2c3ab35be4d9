import { ClawTaskError } from "../../../model/errors.ts";
import { MAX_RECEIVED_EVENTS } from "../../../model/limits.ts";
import { suggest } from "../../../model/remedy.ts";
import { type RunDocument, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { RunCommand } from "../commands.ts";
import { requireNode } from "../state/find-node.ts";
import { parseWaitTarget } from "../state/wait-target.ts";
import { completeNode } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { requireToken } from "./decide-claim.ts";

/** Records the result of a node, whose file has been written. */
export function decideResult(
  document: RunDocument,
  command: Extract<RunCommand, { type: "record_result" }>,
): RunEventDraft[] {
  const node = requireNode(document.state, command.nodeId);
  requireToken(document.state, node, command.token);
  if (node.status === "pending" || node.status === "ready")
    throw new ClawTaskError("illegal_transition", {
      message: `node ${node.id} has no result yet: it is ${node.status}`,
      remedy: { hint: "claim it first", commands: [suggest("claim", document.state.runId, node.id)] },
    });
  const output = command.output === undefined ? {} : { output: command.output };
  return [{ event: "node.result_recorded", nodeId: node.id, evidence: [command.file], ...output }];
}

/** Takes an event in, and ends the waits that it was waited for by. */
export function decideEmit(
  document: RunDocument,
  command: Extract<RunCommand, { type: "emit" }>,
  context: { now: Micros },
): RunEventDraft[] {
  const { state } = document;
  if (TERMINAL_RUN_STATUSES.includes(state.status))
    throw new ClawTaskError("run_closed", {
      message: `run ${state.runId} is ${state.status}; it waits for nothing`,
      remedy: { commands: [suggest("show", state.runId)] },
    });
  const names = Object.keys(state.received ?? {});
  if (!names.includes(command.name) && names.length >= MAX_RECEIVED_EVENTS)
    throw new ClawTaskError("too_large", {
      message: `run ${state.runId} has received ${MAX_RECEIVED_EVENTS} different events already`,
      remedy: { hint: "use fewer names; the payload may differ" },
    });
  const batch = new EventBatch(document, { ...context, by: command.by });
  batch.add({ event: "run.event_received", value: command.name, payload: command.payload });
  if (state.status !== "paused") {
    for (const node of batch.state.nodes) {
      const target = parseWaitTarget(node);
      if (
        node.kind === "wait" &&
        node.status === "waiting" &&
        target?.type === "event" &&
        target.event === command.name
      )
        completeNode(batch, node, { message: `${command.name} came.` });
    }
  }
  resolveRunStatus(batch);
  return batch.drafts;
}

/** What the gateway made of a wish to change the cron job. */
export function answerCronPatch(
  state: RunState,
  command: Extract<RunCommand, { type: "answer_cron_patch" }>,
): RunEventDraft[] {
  const { cronPatch } = state;
  if (cronPatch?.outcome !== "asked") return [];
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  return [{ event: "run.cron_patch_answered", cronPatch: { ...cronPatch, outcome: command.outcome, ...reason } }];
}

/** Takes a run out of the lists, or back in. Its files stay where they are. */
export function decideArchive(
  state: RunState,
  command: Extract<RunCommand, { type: "archive" | "unarchive" }>,
): RunEventDraft[] {
  const isArchived = state.archivedAt !== undefined;
  if (command.type === "unarchive") return isArchived ? [{ event: "run.unarchived", by: command.by }] : [];
  if (isArchived) return [];
  if (!TERMINAL_RUN_STATUSES.includes(state.status))
    throw new ClawTaskError("run_not_over", {
      message: `run ${state.runId} is ${state.status}; only a run that is over goes to the archive`,
      remedy: { commands: [suggest("cancel", state.runId), suggest("next", state.runId)] },
    });
  return [{ event: "run.archived", by: command.by }];
}
