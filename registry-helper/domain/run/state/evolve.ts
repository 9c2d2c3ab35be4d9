import { MAX_RUN_MESSAGES } from "../../../model/limits.ts";
import type { RunDocument, RunMessage, RunRefs, RunState, RunStatus } from "../../../model/run-documents.ts";
import type { RunEvent } from "../../../model/run-events.ts";
import { evolveDelivery, isDeliveryEvent } from "../../delivery/evolve.ts";
import { withBlockedMarks } from "./blocked-nodes.ts";
import { evolveNode, NODE_EVENTS, toPlannedDelivery, withoutBindings } from "./evolve-node.ts";

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
  if (isDeliveryEvent(event.event)) return { refs, state: withDelivery(state, event) };
  if (NODE_EVENTS.has(event.event)) return event.implied ? document : evolveNode(document, event);
  switch (event.event) {
    case "run.progress":
      return {
        refs,
        state: { ...state, lastProgressMessage: event.message ?? "", lastProgressMessageAt: event.timestamp },
      };
    case "run.cron_bound":
      return withCron(document, event.value ?? null);
    case "run.driver_bound":
      return { refs: { ...refs, driverRunId: event.value ?? null }, state };
    case "run.route_bound":
      return withRoute(document, event);
    case "run.unbound":
      return withoutBinding(document, event);
    case "run.completed":
      return { refs, state: withOutcome(state, "completed", event) };
    case "run.failed":
      return { refs, state: withOutcome(state, "failed", event) };
    case "run.cancelled":
      return { refs, state: withOutcome(state, "cancelled", event) };
    case "run.paused":
      return { refs, state: { ...state, status: "paused" } };
    case "run.resumed":
    case "run.reopened": {
      // What ends next is another outcome, which nobody has told yet.
      const { reported: _before, ...rest } = state;
      return { refs, state: withBlockedMarks({ ...rest, status: "running" }) };
    }
    case "run.noted":
      return { refs, state: { ...state, notes: [...(state.notes ?? []), event.message ?? ""] } };
    case "run.message_planned":
      return { refs, state: withMessage(state, event) };
    case "run.cron_patch_asked":
    case "run.cron_patch_answered":
      return event.cronPatch === undefined ? document : { refs, state: { ...state, cronPatch: event.cronPatch } };
    case "run.event_received":
      return { refs, state: { ...state, received: { ...state.received, [event.value ?? ""]: event.payload } } };
    case "run.reported": {
      const message = event.message === undefined ? {} : { message: event.message };
      return { refs, state: { ...state, reported: { by: event.by ?? "", at: event.timestamp, ...message } } };
    }
    case "run.archived":
      return { refs, state: { ...state, archivedAt: event.timestamp } };
    case "run.unarchived": {
      const { archivedAt: _before, ...rest } = state;
      return { refs, state: rest };
    }
    case "control.recorded":
    case "control.rejected":
      return { refs: withControl(refs, event), state };
    case "control.read":
      return { refs, state: { ...state, controlBytes: event.controlBytes ?? 0 } };
    default:
      return document;
  }
}

function withCron({ state, refs }: RunDocument, cronJobId: string | null): RunDocument {
  return { refs: { ...refs, cronJobId }, state: { ...state, cronJobId } };
}

/** The first route stays on record: who asked for the run is told by it. */
function withRoute({ state, refs }: RunDocument, event: RunEvent): RunDocument {
  const deliveryContext = event.payload;
  const before = state.boundRoute?.before ?? state.deliveryContext;
  const boundRoute = { by: event.by ?? "", at: event.timestamp, before };
  return { refs: { ...refs, deliveryContext }, state: { ...state, deliveryContext, boundRoute } };
}

function withoutRoute({ state, refs }: RunDocument): RunDocument {
  const { boundRoute, ...rest } = state;
  const deliveryContext = boundRoute === undefined ? state.deliveryContext : boundRoute.before;
  return { refs: { ...refs, deliveryContext }, state: { ...rest, deliveryContext } };
}

function withoutBinding(document: RunDocument, event: RunEvent): RunDocument {
  const { kind, nodeId = "" } = event;
  if (kind === "route") return withoutRoute(document);
  if (kind === "cron") return withCron(document, null);
  if (kind === "driver-run") return { ...document, refs: { ...document.refs, driverRunId: null } };
  return withoutBindings(document, nodeId, kind);
}

function withOutcome(state: RunState, status: RunStatus, event: RunEvent): RunState {
  const ended = withBlockedMarks({ ...state, status });
  return event.delivery === undefined ? ended : { ...ended, delivery: toPlannedDelivery(event) };
}

/** The delivery that an event is about: the outcome, or that of a question or message. */
function withDelivery(state: RunState, event: RunEvent): RunState {
  const change = event.delivery ?? {};
  const fold = (record: RunState["delivery"] | null): NonNullable<RunState["delivery"]> =>
    evolveDelivery(record ?? null, { name: event.event as never, timestamp: event.timestamp, change });
  const { of } = change;
  if (of === undefined || of === "update") return { ...state, delivery: fold(state.delivery) };
  const id = of.slice(of.indexOf(":") + 1);
  if (of.startsWith("node:"))
    return {
      ...state,
      nodes: state.nodes.map((node) => (node.id === id ? { ...node, asked: fold(node.asked) } : node)),
    };
  const messages = (state.messages ?? []).map((one) =>
    one.id === id ? { ...one, delivery: fold(one.delivery) } : one,
  );
  return { ...state, messages };
}

/** What was delivered makes room for what is new. */
function withMessage(state: RunState, event: RunEvent): RunState {
  const message: RunMessage = {
    id: event.messageId ?? "",
    text: event.message ?? "",
    by: event.by ?? "",
    delivery: toPlannedDelivery(event),
  };
  return { ...state, messages: [...(state.messages ?? []), message].slice(-MAX_RUN_MESSAGES) };
}

/** OpenTask's own server must not apply a line a second time; our own controls are never lines there. */
function withControl(refs: RunRefs, { control }: RunEvent): RunRefs {
  if (control?.isFromFile !== true || refs.appliedControlIds.includes(control.id)) return refs;
  return { ...refs, appliedControlIds: [...refs.appliedControlIds, control.id] };
}
