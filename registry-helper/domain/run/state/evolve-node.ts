import type { DeliveryRecord } from "../../../model/delivery-record.ts";
import type {
  Evidence,
  NodeAttempt,
  NodeStatus,
  RunDocument,
  RunNode,
  RunRefs,
  RunState,
} from "../../../model/run-documents.ts";
import type { RunEvent, RunEventName } from "../../../model/run-events.ts";
import { evolveDelivery } from "../../delivery/evolve.ts";
import { withBlockedMarks, withMarksAfter } from "./blocked-nodes.ts";
import { findNode, withChangedNode } from "./find-node.ts";

/** Events about one node. */
export const NODE_EVENTS: ReadonlySet<RunEventName> = new Set([
  "node.pending",
  "node.ready",
  "node.started",
  "node.waiting",
  "node.completed",
  "node.failed",
  "node.skipped",
  "node.session_bound",
  "node.child_session_bound",
  "node.run_bound",
  "node.added",
  "node.rewired",
  "node.noted",
  "node.result_recorded",
  "node.observed",
  "node.conflict",
  "node.claim_extended",
  "node.answer_reported",
]);

/** Folds an event about a node into its run. */
export function evolveNode(document: RunDocument, event: RunEvent): RunDocument {
  const { state, refs } = document;
  const change = (of: (node: RunNode) => RunNode): RunDocument => ({ refs, state: withNode(state, event.nodeId, of) });
  switch (event.event) {
    case "node.session_bound":
      return withBinding(document, event, "sessionKey", "nodeSessions");
    case "node.child_session_bound":
      return withBinding(document, event, "childSessionKey", "childSessions");
    case "node.run_bound":
      return withBinding(document, event, "runId", "nodeRunIds");
    case "node.added":
      return { refs, state: withBlockedMarks(withAdded(state, event)) };
    case "node.rewired":
      return { refs, state: withBlockedMarks(withNode(state, event.nodeId, (node) => rewired(node, event))) };
    case "node.noted":
      return change((node) => ({ ...node, notes: [...node.notes, event.message ?? ""] }));
    case "node.result_recorded":
      return change((node) => ({
        ...node,
        ...(event.output === undefined ? {} : { output: event.output }),
        evidence: withFiles(node.evidence, event.evidence),
      }));
    case "node.answer_reported":
      return change((node) =>
        event.answer === undefined ? node : { ...node, reported: { ...event.answer, at: event.timestamp } },
      );
    case "node.observed":
      return change((node) => ({
        ...node,
        ...(event.observed === undefined ? {} : { observed: event.observed }),
        ...(event.usage === undefined ? {} : { usage: event.usage }),
      }));
    case "node.conflict":
      return change((node) => ({ ...node, conflict: event.message ?? "" }));
    case "node.claim_extended":
      return change((node) =>
        node.claim === undefined || event.claim === undefined
          ? node
          : { ...node, claim: { ...node.claim, ...event.claim } },
      );
    default:
      return withNodeStatus(document, event);
  }
}

function withNode(state: RunState, nodeId: string | undefined, change: (node: RunNode) => RunNode): RunState {
  return { ...state, nodes: withChangedNode(state.nodes, nodeId, change) };
}

type BoundField = "sessionKey" | "childSessionKey" | "runId";
type RefsField = "nodeSessions" | "childSessions" | "nodeRunIds";

function withBinding(document: RunDocument, event: RunEvent, field: BoundField, refsField: RefsField): RunDocument {
  const nodeId = event.nodeId ?? "";
  const value = event.value ?? "";
  const { refs, state } = document;
  return {
    refs: { ...refs, [refsField]: { ...refs[refsField], [nodeId]: value } },
    state: withNode(state, nodeId, (node) => ({ ...node, [field]: value })),
  };
}

const FIELDS: ReadonlyMap<string, { node: BoundField; refs: RefsField }> = new Map([
  ["node-session", { node: "sessionKey", refs: "nodeSessions" }],
  ["child-session", { node: "childSessionKey", refs: "childSessions" }],
  ["node-run", { node: "runId", refs: "nodeRunIds" }],
]);

/** Takes one binding of a node back. */
export function withoutBindings({ refs, state }: RunDocument, nodeId: string, kind: string | undefined): RunDocument {
  const field = FIELDS.get(kind ?? "");
  if (field === undefined) return { refs, state };
  return {
    refs: { ...refs, [field.refs]: without(refs[field.refs], nodeId) },
    state: withNode(state, nodeId, (node) => ({ ...node, [field.node]: null })),
  };
}

function without(map: Record<string, string>, nodeId: string): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([id]) => id !== nodeId));
}

function withAdded(state: RunState, event: RunEvent): RunState {
  const { node } = event;
  if (node === undefined) return state;
  const found = state.nodes.findIndex((other) => other.id === event.before);
  const at = found < 0 ? state.nodes.length : found;
  return { ...state, nodes: [...state.nodes.slice(0, at), node, ...state.nodes.slice(at)] };
}

function rewired(node: RunNode, event: RunEvent): RunNode {
  return { ...node, needs: event.needs ?? node.needs, status: "pending" };
}

/** What a node is after an event. */
export const NODE_STATUS_AFTER: Partial<Record<RunEventName, NodeStatus>> = {
  "node.pending": "pending",
  "node.ready": "ready",
  "node.started": "running",
  "node.waiting": "waiting",
  "node.completed": "completed",
  "node.failed": "failed",
  "node.skipped": "skipped",
};

function withNodeStatus(document: RunDocument, event: RunEvent): RunDocument {
  const status = NODE_STATUS_AFTER[event.event];
  if (status === undefined) return document;
  const before = findNode(document.state.nodes, event.nodeId);
  const wasOpen = before === undefined || before.status === "pending" || before.status === "ready";
  const reopened = status === "ready" && !wasOpen;
  const state = withNode(document.state, event.nodeId, (node) =>
    reopened
      ? withFilesBefore(withRetryMessage(withMessage(withNewAttempt(node), event, false), event), event)
      : withFilesBefore(
          withDetails(withMessage(withTimes(node, status, event.timestamp), event, status === "ready"), event),
          event,
        ),
  );
  // OpenTask's rule: any change in a run that is not over, paused or cancelled makes it "running".
  const runStatus = state.status === "draft" ? "running" : state.status;
  return {
    refs: reopened ? withoutAllBindings(document.refs, event.nodeId ?? "") : document.refs,
    state: withMarksAfter({ ...state, status: runStatus }, before),
  };
}

/** OpenTask's rules for the two times of a node (contract 1.4). */
function withTimes(node: RunNode, status: NodeStatus, at: string): RunNode {
  switch (status) {
    case "pending":
    case "ready":
      return { ...node, status, startedAt: null, completedAt: null };
    case "running":
      return { ...node, status, startedAt: at, completedAt: null };
    case "waiting":
      return { ...node, status, startedAt: node.startedAt ?? at, completedAt: null };
    case "completed":
      return { ...node, status, startedAt: node.startedAt ?? at, completedAt: at };
    default:
      return { ...node, status, completedAt: at };
  }
}

/** Promotion says only our own sentence; a retry says what is different. */
function withMessage(node: RunNode, event: RunEvent, isPromotion: boolean): RunNode {
  const { lastMessage: _before, ...rest } = node;
  return event.message === undefined || isPromotion ? rest : { ...rest, lastMessage: event.message };
}

/** What belongs to the status that a node has now, and to no other. */
function withDetails(node: RunNode, event: RunEvent): RunNode {
  const {
    claim,
    deadlineAt: _deadline,
    retryAt: _retry,
    reason: _reason,
    skippedBy: _skippedBy,
    missingArtifacts: _missing,
    ...rest
  } = node;
  // Whoever began it and waits, or goes on after that, still holds it.
  const retainsClaim = (node.status === "waiting" || node.status === "running") && claim !== undefined;
  const next: RunNode = {
    ...rest,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(retainsClaim ? { claim } : {}),
    ...(event.claim === undefined ? {} : { claim: { token: event.seq, ...event.claim } }),
    ...(event.deadlineAt === undefined ? {} : { deadlineAt: event.deadlineAt }),
    ...(event.retryAt === undefined ? {} : { retryAt: event.retryAt }),
    ...(event.skippedBy === undefined ? {} : { skippedBy: event.skippedBy }),
    ...(event.unverified === true ? { missingArtifacts: event.missingArtifacts ?? [] } : {}),
    ...(event.answer === undefined ? {} : { answer: { ...event.answer, at: event.timestamp } }),
    ...(event.bypass === undefined ? {} : { bypassed: { ...event.bypass, at: event.timestamp } }),
    ...(event.output === undefined ? {} : { output: event.output }),
    ...(event.event === "node.waiting" && event.delivery !== undefined ? { asked: toPlannedDelivery(event) } : {}),
  };
  const evidence = withFiles(next.evidence, event.evidence);
  return withoutOpenQuestion(evidence.length === 0 ? next : { ...next, evidence });
}

/** A question that has been answered is not put to anybody any more. */
function withoutOpenQuestion(node: RunNode): RunNode {
  if (node.asked?.state !== "pending" || node.status === "waiting") return node;
  return { ...node, asked: { ...node.asked, state: "dismissed", dueAt: null, reason: `it is ${node.status}` } };
}

function withFiles(known: readonly Evidence[] | undefined, added: readonly Evidence[] | undefined): Evidence[] {
  const files = new Map([...(known ?? []), ...(added ?? [])].map((file) => [file.path, file]));
  return [...files.values()];
}

/** The delivery that an event plans. */
export function toPlannedDelivery(event: RunEvent): DeliveryRecord {
  return evolveDelivery(null, {
    name: "delivery.planned",
    timestamp: event.timestamp,
    change: event.delivery ?? {},
  });
}

function withFilesBefore(node: RunNode, { filesBefore, left = [] }: RunEvent): RunNode {
  const before = filesBefore === undefined ? node : { ...node, filesBefore };
  const last = node.attempts?.at(-1);
  if (last === undefined || left.length === 0) return before;
  const attempts = [...(node.attempts ?? []).slice(0, -1), { ...last, left: [...(last.left ?? []), ...left] }];
  return { ...before, attempts };
}

function withRetryMessage(node: RunNode, { message }: RunEvent): RunNode {
  const { retry: _before, ...rest } = node;
  return message === undefined ? rest : { ...rest, retry: message };
}

/** A node that goes back to ready starts a new attempt; what the old one was bound to is kept with it (B5). */
function withNewAttempt(node: RunNode): RunNode {
  const {
    lastMessage,
    reason,
    evidence,
    output,
    missingArtifacts,
    answer,
    bypassed,
    reported: _reported,
    observed,
    usage,
    claim: _claim,
    deadlineAt: _deadline,
    retryAt: _retry,
    skippedBy: _skippedBy,
    filesBefore: _files,
    retry,
    ...rest
  } = node;
  const fresh: RunNode = {
    ...rest,
    status: "ready",
    sessionKey: null,
    childSessionKey: null,
    runId: null,
    startedAt: null,
    completedAt: null,
  };
  const worked = node.startedAt ?? node.sessionKey ?? node.childSessionKey ?? node.runId;
  if (worked === null) return fresh;
  const earlier = node.attempts ?? [];
  const attempt: NodeAttempt = {
    attempt: earlier.length + 1,
    status: node.status,
    sessionKey: node.sessionKey,
    childSessionKey: node.childSessionKey,
    runId: node.runId,
    startedAt: node.startedAt,
    completedAt: node.completedAt,
    ...(lastMessage === undefined ? {} : { lastMessage }),
    ...(retry === undefined ? {} : { retry }),
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(output === undefined ? {} : { output }),
    ...(missingArtifacts === undefined ? {} : { missingArtifacts }),
    ...(answer === undefined ? {} : { answer }),
    ...(bypassed === undefined ? {} : { bypassed }),
    ...(observed === undefined ? {} : { observed }),
    ...(usage === undefined ? {} : { usage }),
  };
  return { ...fresh, attempts: [...earlier, attempt] };
}

function withoutAllBindings(refs: RunRefs, nodeId: string): RunRefs {
  return {
    ...refs,
    nodeSessions: without(refs.nodeSessions, nodeId),
    childSessions: without(refs.childSessions, nodeId),
    nodeRunIds: without(refs.nodeRunIds, nodeId),
  };
}
