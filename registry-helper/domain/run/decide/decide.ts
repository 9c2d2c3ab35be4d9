import { ClawTaskError } from "../../../model/errors.ts";
import type { EventOrigin } from "../../../model/event-origin.ts";
import { type Remedy, suggest } from "../../../model/remedy.ts";
import type { RunDocument, RunNode, RunState } from "../../../model/run-documents.ts";
import { type RunEventDraft, SCHEMA_VERSION } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import { decideDelivery } from "../../delivery/decide.ts";
import { ANONYMOUS_CALLER } from "../anonymous-caller.ts";
import type { RunCommand, TransitionCommand } from "../commands.ts";
import { findGateProblem, toGateError } from "../gate-guard.ts";
import { requireNode, unmetNeeds } from "../state/find-node.ts";
import { formatMissingFiles } from "../state/missing-files.ts";
import { EVENT_BY_STATUS, impliedEvents, legalTargets } from "../state/node-transitions.ts";
import { completeNode, failNode, waitForNeeds } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { demoteDependents, promoteAll, promoteDependents, readyEvent } from "../transitions/promote-nodes.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { toBypass } from "../transitions/speak-for-approval.ts";
import { attemptDeadline, planQuestion, requireNotPaused } from "../transitions/start-node.ts";
import { decideClaim, requireToken } from "./decide-claim.ts";
import type { DecideContext } from "./decide-context.ts";
import { decideControl } from "./decide-control.ts";
import { decideObservation } from "./decide-observation.ts";
import { decideOutcomeDelivery, decideReportTold } from "./decide-outcome-delivery.ts";
import {
  decideBind,
  decideBindChildren,
  decideUnbind,
  answerCronPatch,
  decideArchive,
  decideEmit,
  decideResult,
} from "./decide-records.ts";
import { decideTick } from "./decide-tick.ts";

export { RUN_REPORT_WAIT_MS } from "../transitions/resolve-run-status.ts";

/**
 * Decides what a command changes in a run. Pure: the same run, command and time give the same events.
 * No event means that there is nothing to do.
 *
 * @throws ClawTaskError when the command is not possible; nothing has happened then
 */
export function decideRun(
  document: RunDocument | undefined,
  command: RunCommand,
  context: DecideContext,
): RunEventDraft[] {
  if (command.type === "create") return createRun(command.snapshot, command.workflowPath, context);
  if (command.type === "adopt") {
    return [{ event: "run.adopted", message: command.reason, snapshot: command.found, schema: SCHEMA_VERSION }];
  }
  if (document === undefined) throw new Error(`${command.type} on a run that was not loaded`);
  switch (command.type) {
    case "bind":
      return decideBind(document, command, context);
    case "bind_children":
      return decideBindChildren(document, command);
    case "unbind":
      return [decideUnbind(document, command)];
    case "progress":
      return [{ event: "run.progress", payload: command.payload, ...optionalMessage(command.message) }];
    case "transition":
      return decideTransition(document, command, context);
    case "claim":
      return decideClaim(document, command, context);
    case "control":
      return decideControl(document, command, context);
    case "tick":
      return decideTick(document, command, context);
    case "observe":
      return decideObservation(document, command, context);
    case "record_result":
      return decideResult(document, command);
    case "emit":
      return decideEmit(document, command, context);
    case "answer_cron_patch":
      return answerCronPatch(document.state, command);
    case "archive":
    case "unarchive":
      return decideArchive(document.state, command);
    case "report_delivery":
      return reportDelivery(document.state, command, context.now);
    case "report_told":
      return decideReportTold(document.state, command);
    case "retry_delivery":
    case "dismiss":
      return decideOutcomeDelivery(document.state, command, context.now);
  }
}

function createRun(snapshot: RunDocument, workflowPath: string, context: DecideContext): RunEventDraft[] {
  const created: RunEventDraft = {
    event: "run.created",
    payload: { workflowPath },
    message: `Created run scaffold from ${workflowPath}.`,
    snapshot,
    schema: SCHEMA_VERSION,
  };
  const batch = new EventBatch(snapshot, context);
  for (const node of snapshot.state.nodes) if (node.status === "ready") batch.add(readyEvent(node.id));
  promoteAll(batch);
  resolveRunStatus(batch);
  return [created, ...batch.drafts];
}

/** OpenTask leaves the key away when the message is empty. */
function optionalMessage(message: string | undefined): { message?: string } {
  return message === undefined || message === "" ? {} : { message };
}

function decideTransition(document: RunDocument, command: TransitionCommand, context: DecideContext): RunEventDraft[] {
  const node = requireNode(document.state, command.nodeId);
  if (node.status === command.to) return [];
  const problem = findGateProblem(document, command, context);
  if (problem !== undefined) throw toGateError(problem);
  requireLegal(document.state, node, command.to);
  requireToken(document.state, node, command.token);
  if (command.to === "completed") requireEvidence(document.state, node, command);

  const batch = new EventBatch(document, context);
  const details = {
    payload: command.payload,
    ...optionalMessage(command.message),
    ...bypassDetails(node, command, context.origin),
  };
  switch (command.to) {
    case "completed":
      completeNode(batch, node, { ...details, ...toFileDetails(command) });
      break;
    case "failed":
      failNode(batch, node, details);
      break;
    default:
      applyTransition(batch, node, command.to, details);
  }
  resolveRunStatus(batch);
  return batch.drafts;
}

/** An approval that is ended like work was answered by nobody. */
function bypassDetails(
  { kind }: RunNode,
  { to, message }: TransitionCommand,
  origin: EventOrigin | undefined,
): Pick<RunEventDraft, "bypass"> {
  if (kind !== "approval" || (to !== "completed" && to !== "skipped" && to !== "failed")) return {};
  return { bypass: toBypass(to, { message, by: origin?.session ?? ANONYMOUS_CALLER, origin }) };
}

/** Everything but an end that other nodes have been waiting for. */
function applyTransition(
  batch: EventBatch,
  node: RunNode,
  to: TransitionCommand["to"],
  details: Pick<RunEventDraft, "message" | "payload" | "bypass">,
): void {
  for (const event of impliedEvents(node.status, to)) batch.add({ event, nodeId: node.id, implied: true });
  const starts = to === "running" ? attemptDeadline(batch, node) : {};
  const asks = to === "waiting" ? planQuestion(batch, node) : {};
  batch.add({ event: EVENT_BY_STATUS[to], nodeId: node.id, ...details, ...starts, ...asks });
  if (to === "skipped") promoteDependents(batch, node.id);
  if (to !== "ready") return;
  demoteDependents(batch, node.id);
  // What it needs may have been opened again since it was left out, failed or began to wait.
  waitForNeeds(batch, node.id);
}

function toFileDetails(command: TransitionCommand): Partial<RunEventDraft> {
  const { missingArtifacts = [], staleArtifacts = [], evidence, output } = command;
  return {
    ...(missingArtifacts.length === 0 ? {} : { missingArtifacts }),
    ...(staleArtifacts.length === 0 ? {} : { staleArtifacts }),
    ...(evidence === undefined || evidence.length === 0 ? {} : { evidence }),
    ...(output === undefined ? {} : { output }),
  };
}

/** @throws ClawTaskError `evidence_missing` */
function requireEvidence(state: RunState, node: RunNode, command: TransitionCommand): void {
  const { missingArtifacts: missing = [], staleArtifacts: stale = [] } = command;
  if (node.policy?.evidence !== "required" || missing.length === 0) return;
  throw new ClawTaskError("evidence_missing", {
    message: `node ${node.id} cannot be completed: ${formatMissingFiles(node, { missing, stale })}`,
    remedy: {
      hint: `write the files below runs/${state.runId}/ and repeat, or`,
      commands: [suggest("fail", state.runId, node.id, ...claimOption(node), "--next", "--message", "<why>")],
    },
  });
}

function claimOption({ claim }: RunNode): string[] {
  return claim === undefined ? [] : ["--claim", String(claim.token)];
}

function requireLegal(state: RunState, node: RunNode, to: TransitionCommand["to"]): void {
  if (state.status === "cancelled") {
    throw new ClawTaskError("run_closed", {
      message: `run ${state.runId} is cancelled; its nodes do not change any more`,
      remedy: { hint: "start over", commands: [suggest("fork", state.runId, "--from", "<node>")] },
    });
  }
  const legal = legalTargets(node.status);
  if (!legal.includes(to)) {
    throw new ClawTaskError("illegal_transition", {
      message: `illegal transition for node ${node.id}: ${node.status} -> ${to}`,
      remedy: legalTransitions(state, node, legal),
    });
  }
  if (node.status === "ready" && (to === "running" || to === "waiting")) requireNotPaused(state);
  if (node.status !== "pending" || to !== "ready") return;
  const unmet = unmetNeeds(state, node);
  if (unmet.length > 0) {
    throw new ClawTaskError("needs_unmet", {
      message: `node ${node.id} cannot be ready: it needs ${unmet.map((need) => `${need.id} (${need.status})`).join(", ")}`,
      remedy: {
        hint: "complete or skip what it needs first, for example",
        commands: [
          suggest(
            "transition-node",
            state.runId,
            unmet[0]?.id ?? "",
            unmet[0]?.status === "failed" ? "ready" : "running",
          ),
        ],
      },
    });
  }
}

function legalTransitions(state: RunState, node: RunNode, legal: readonly string[]): Remedy {
  if (legal.length === 0)
    return {
      hint: `node ${node.id} is completed, which is final; a correction goes into its files, then`,
      commands: [suggest("next", state.runId)],
    };
  const commands = legal.map((target) => suggest("transition-node", state.runId, node.id, target));
  return { hint: `from ${node.status} these are legal`, commands };
}

function reportDelivery(
  state: RunState,
  command: Extract<RunCommand, { type: "report_delivery" }>,
  now: Micros,
): RunEventDraft[] {
  const { of } = command;
  if (of === undefined) return decideDelivery(state.delivery ?? null, command.report, now);
  const record = of.startsWith("node:")
    ? state.nodes.find(({ id }) => of === `node:${id}`)?.asked
    : state.messages?.find(({ id }) => of === `message:${id}`)?.delivery;
  // The answer to a message whose place another one took says nothing about that one.
  if (command.generation !== undefined && command.generation !== record?.generation) return [];
  return decideDelivery(record ?? null, command.report, now).map(({ event, delivery }) => ({
    event,
    delivery: { ...delivery, of },
  }));
}
