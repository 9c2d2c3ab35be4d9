import { evolveDelivery, isDeliveryEvent } from "../delivery/evolve.ts";
import type {
  NodeAttempt,
  NodeStatus,
  RunDocument,
  RunNode,
  RunRefs,
  RunState,
  RunStatus,
} from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { withBlockedMarks } from "./blocked-nodes.ts";

/**
 * Folds one event into a run. Pure, and total over every line this code ever wrote: a rebuild from the
 * journal gives the same bytes as the run that lived.
 */
export function evolveRun(document: RunDocument | undefined, event: RunEvent): RunDocument {
  if (event.event === "run.created" || event.event === "run.adopted") {
    if (event.snapshot === undefined) throw new Error(`${event.event} without a snapshot`);
    return { ...event.snapshot, state: touched(event.snapshot.state, event) };
  }
  if (document === undefined) throw new Error(`${event.event} before run.created`);
  const next = applyEvent(document, event);
  return { refs: next.refs, state: touched(next.state, event) };
}

function touched(state: RunState, event: RunEvent): RunState {
  return { ...state, updatedAt: event.timestamp, lastEvent: event.event };
}

function applyEvent(document: RunDocument, event: RunEvent): RunDocument {
  const { state, refs } = document;
  if (isDeliveryEvent(event.event)) {
    const delivery = evolveDelivery(state.delivery ?? null, {
      name: event.event,
      timestamp: event.timestamp,
      change: event.delivery ?? {},
    });
    return { refs, state: { ...state, delivery } };
  }
  switch (event.event) {
    case "run.progress":
      return {
        refs,
        state: { ...state, lastProgressMessage: event.message ?? "", lastProgressMessageAt: event.timestamp },
      };
    case "run.cron_bound":
      return { refs: { ...refs, cronJobId: event.value ?? null }, state: { ...state, cronJobId: event.value ?? null } };
    case "run.driver_bound":
      return { refs: { ...refs, driverRunId: event.value ?? null }, state };
    case "run.completed":
      return { refs, state: withOutcome(state, "completed", event) };
    case "run.failed":
      return { refs, state: withOutcome(state, "failed", event) };
    case "run.reopened":
      return { refs, state: withBlockedMarks({ ...state, status: "running" }) };
    case "run.blocked":
      return document;
    case "node.session_bound":
      return withBinding(document, event, "sessionKey", "nodeSessions");
    case "node.child_session_bound":
      return withBinding(document, event, "childSessionKey", "childSessions");
    case "node.run_bound":
      return withBinding(document, event, "runId", "nodeRunIds");
    default:
      return event.implied ? document : withNodeStatus(document, event);
  }
}

function withOutcome(state: RunState, status: RunStatus, event: RunEvent): RunState {
  const ended = withBlockedMarks({ ...state, status });
  if (event.delivery === undefined) return ended;
  const delivery = evolveDelivery(null, {
    name: "delivery.planned",
    timestamp: event.timestamp,
    change: event.delivery,
  });
  return { ...ended, delivery };
}

function withNode(state: RunState, nodeId: string | undefined, change: (node: RunNode) => RunNode): RunState {
  return { ...state, nodes: state.nodes.map((node) => (node.id === nodeId ? change(node) : node)) };
}

type BindingField = "sessionKey" | "childSessionKey" | "runId";
type RefsField = "nodeSessions" | "childSessions" | "nodeRunIds";

function withBinding(document: RunDocument, event: RunEvent, field: BindingField, refsField: RefsField): RunDocument {
  const value = event.value ?? "";
  return {
    refs: { ...document.refs, [refsField]: { ...document.refs[refsField], [event.nodeId ?? ""]: value } },
    state: withNode(document.state, event.nodeId, (node) => ({ ...node, [field]: value })),
  };
}

const STATUS_OF_EVENT: Partial<Record<RunEvent["event"], NodeStatus>> = {
  "node.pending": "pending",
  "node.ready": "ready",
  "node.started": "running",
  "node.waiting": "waiting",
  "node.completed": "completed",
  "node.failed": "failed",
  "node.skipped": "skipped",
};

function withNodeStatus(document: RunDocument, event: RunEvent): RunDocument {
  const status = STATUS_OF_EVENT[event.event];
  if (status === undefined) return document;
  const before = document.state.nodes.find((node) => node.id === event.nodeId);
  const wasOpen = before === undefined || before.status === "pending" || before.status === "ready";
  const reopened = status === "ready" && !wasOpen;
  const state = withNode(document.state, event.nodeId, (node) =>
    reopened
      ? withMessage(withNewAttempt(node), event, false)
      : withMessage(withTimes(node, status, event.timestamp), event, status === "ready"),
  );
  // OpenTask's rule: any change in a run that is not over, paused or cancelled makes it "running".
  const runStatus = state.status === "draft" ? "running" : state.status;
  return {
    refs: reopened ? withoutBindings(document.refs, event.nodeId ?? "") : document.refs,
    state: withBlockedMarks({ ...state, status: runStatus }),
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

/** A node that goes back to ready starts a new attempt; what the old one was bound to is kept with it (B5). */
function withNewAttempt({ lastMessage, ...node }: RunNode): RunNode {
  const fresh = {
    ...node,
    status: "ready" as const,
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
  };
  return { ...fresh, attempts: [...earlier, attempt] };
}

function withoutBindings(refs: RunRefs, nodeId: string): RunRefs {
  const without = (map: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(map).filter(([id]) => id !== nodeId));
  return {
    ...refs,
    nodeSessions: without(refs.nodeSessions),
    childSessions: without(refs.childSessions),
    nodeRunIds: without(refs.nodeRunIds),
  };
}
