import { ClawTaskError } from "../../../model/errors.ts";
import { isChildSession } from "../../../model/event-origin.ts";
import { MAX_RECEIVED_EVENTS } from "../../../model/limits.ts";
import { suggest } from "../../../model/remedy.ts";
import { type RunDocument, type RunState, TERMINAL_RUN_STATUSES } from "../../../model/run-documents.ts";
import type { RunEventDraft, RunEventName } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import { planDelivery } from "../../delivery/decide.ts";
import { parseTarget } from "../../delivery/redirect.ts";
import { ANONYMOUS_CALLER } from "../anonymous-caller.ts";
import type { BindChildrenCommand, BindCommand, BindKind, RunCommand } from "../commands.ts";
import { parseDeliveryRoute } from "../state/delivery-route.ts";
import { requireNode } from "../state/find-node.ts";
import { parseWaitTarget } from "../state/wait-target.ts";
import { completeNode } from "../transitions/end-node.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { requireToken } from "./decide-claim.ts";
import type { DecideContext } from "./decide-context.ts";

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

const BIND_EVENTS: Record<BindKind, { event: RunEventName; noun: string }> = {
  cron: { event: "run.cron_bound", noun: "cron" },
  "node-session": { event: "node.session_bound", noun: "node session" },
  "child-session": { event: "node.child_session_bound", noun: "child session" },
  "node-run": { event: "node.run_bound", noun: "node run id" },
  "driver-run": { event: "run.driver_bound", noun: "driver run id" },
  route: { event: "run.route_bound", noun: "route" },
};
const NODE_KINDS: readonly BindKind[] = ["node-session", "child-session", "node-run"];

/** Records which session, child, host run or cron job does the work, or where the run reports to. */
export function decideBind(document: RunDocument, command: BindCommand, context: DecideContext): RunEventDraft[] {
  if (command.kind === "route") return bindRoute(document, command, context);
  const { kind, nodeId, value } = command;
  const namesNode = NODE_KINDS.includes(kind);
  if (namesNode && !nodeId) throw argumentMissing("--node-id", kind);
  if (kind !== "driver-run" && !value) throw argumentMissing("--value", kind);
  if (namesNode) requireNode(document.state, nodeId ?? "");

  const { event, noun } = BIND_EVENTS[kind];
  const message = command.message || `Bound ${noun} ${value ?? "None"}.`;
  const draft: RunEventDraft = { event, payload: command.payload, message, value: value ?? null };
  return [nodeId && kind !== "driver-run" ? { ...draft, nodeId } : draft];
}

/** Records the children that do nodes. What is bound already as it is asked for is left alone. */
export function decideBindChildren(document: RunDocument, { children }: BindChildrenCommand): RunEventDraft[] {
  return children.flatMap(({ nodeId, childSessionKey: value }) => {
    const node = requireNode(document.state, nodeId);
    if (value === "") throw argumentMissing("a session key", "child-session");
    if (node.childSessionKey === value) return [];
    const { event, noun } = BIND_EVENTS["child-session"];
    return [{ event, nodeId, payload: {}, message: `Bound ${noun} ${value}.`, value }];
  });
}

/** A run reports elsewhere from now on: its outcome, its messages, and questions that have not reached anybody. */
function bindRoute(document: RunDocument, command: BindCommand, { now, origin }: DecideContext): RunEventDraft[] {
  if (!command.value) throw argumentMissing("--value", command.kind);
  if (isChildSession(origin?.session) && origin?.sender === undefined)
    throw new ClawTaskError("not_allowed", {
      message: `${origin?.session ?? ""} is the session of a child: where a run reports to is not its own matter`,
      remedy: { commands: [suggest("show", document.state.runId)] },
    });
  const { channel, to } = parseTarget(command.value, "bind");
  const by = command.by ?? ANONYMOUS_CALLER;
  const batch = new EventBatch(document, { now, by });
  const message = command.message || `Reports to ${command.value} from now on.`;
  batch.add({ event: "run.route_bound", value: command.value, payload: { channel, to }, message });
  const route = parseDeliveryRoute(batch.state.deliveryContext, batch.state.sourceSessionKey);
  for (const { id, kind, status, asked } of batch.state.nodes) {
    if (kind !== "approval" || status !== "waiting" || route === null || asked?.state === "delivered") continue;
    const generation = (asked?.generation ?? 0) + 1;
    const { event, delivery } = planDelivery({
      route,
      sender: "clawtask",
      now,
      waitMs: 0,
      generation,
      redirectedBy: by,
    });
    batch.add({ event, delivery: { ...delivery, of: `node:${id}` } });
  }
  return batch.drafts;
}

/** Takes a binding back, such as that of a cron job that is gone. */
export function decideUnbind(
  document: RunDocument,
  command: { kind: BindKind; nodeId?: string | undefined; message?: string | undefined },
): RunEventDraft {
  const { kind, nodeId } = command;
  const namesNode = NODE_KINDS.includes(kind);
  if (namesNode && !nodeId) throw argumentMissing("--node-id", kind);
  const bound = boundValue(document, kind, nodeId);
  const { noun } = BIND_EVENTS[kind];
  if (bound === null) {
    throw new ClawTaskError("not_bound", {
      message: `no ${noun} is bound${nodeId === undefined ? "" : ` to ${nodeId}`}`,
      remedy: { commands: [suggest("show", document.state.runId)] },
    });
  }
  const message = command.message || `Unbound ${noun} ${bound}.`;
  return { event: "run.unbound", kind, message, ...(namesNode && nodeId ? { nodeId } : {}) };
}

function boundValue(document: RunDocument, kind: BindKind, nodeId: string | undefined): string | null {
  if (kind === "cron") return document.state.cronJobId;
  if (kind === "driver-run") return document.refs.driverRunId;
  if (kind === "route") return document.state.boundRoute === undefined ? null : "that was bound";
  const node = requireNode(document.state, nodeId ?? "");
  return kind === "node-session" ? node.sessionKey : kind === "child-session" ? node.childSessionKey : node.runId;
}

function argumentMissing(flag: string, kind: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${flag} is required for bind kind ${kind}`,
    remedy: { scope: "command line", hint: `add ${flag} <${flag === "--value" ? "value" : "node id"}>` },
  });
}
