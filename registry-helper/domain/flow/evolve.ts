import type { FlowEvent } from "../../model/flow-events.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import type { Json } from "../../model/json.ts";
import { evolveDelivery, isDeliveryEvent } from "../delivery/evolve.ts";

/** Folds one event into a flow. Pure. */
export function evolveFlow(flow: FlowRecord | undefined, event: FlowEvent): FlowRecord {
  const before = flow ?? newFlow(event);
  const record = {
    ...before,
    currentStep: event.step ?? before.currentStep,
    revision: event.seq,
    updatedAt: event.timestamp,
  };
  if (isDeliveryEvent(event.event)) return withDelivery(record, event);
  switch (event.event) {
    case "flow.created":
      return { ...record, status: event.step === undefined ? "queued" : "running" };
    case "flow.task_linked":
      return markStarted({ ...record, tasks: [...record.tasks, event.taskId ?? ""] });
    case "flow.waiting":
      return {
        ...record,
        status: "waiting",
        wait: { ...(event.wait ?? { kind: "manual" as const }), since: event.timestamp },
        blocked: null,
      };
    case "flow.blocked":
      return {
        ...record,
        status: "blocked",
        wait: null,
        blocked: { reason: event.reason ?? "", since: event.timestamp },
      };
    case "flow.resumed":
      return { ...record, status: "running", wait: null, blocked: null };
    case "flow.output_set":
    case "flow.output_appended":
      return withOutput(markStarted(record), event);
    case "flow.updated":
      return markStarted({ ...record, latestUpdate: event.update ?? record.latestUpdate });
    case "flow.cancel_requested":
      return {
        ...record,
        cancel: {
          requestedAt: event.timestamp,
          by: event.cancel?.by ?? "somebody",
          reason: event.cancel?.reason ?? null,
        },
      };
    case "flow.ended":
      return {
        ...record,
        status: event.ending?.status ?? "failed",
        wait: null,
        blocked: null,
        endedAt: event.timestamp,
        result: event.ending?.result ?? null,
        error: event.ending?.error ?? null,
      };
    default:
      // A newer version's: it has its place in the journal, and what it means is not known here.
      return { ...before, revision: event.seq, updatedAt: event.timestamp };
  }
}

function newFlow(event: FlowEvent): FlowRecord {
  return {
    flowId: event.flowId,
    title: event.facts?.title ?? event.flowId,
    goal: event.facts?.goal ?? null,
    ownerSessionKey: event.facts?.ownerSessionKey ?? null,
    route: event.facts?.route ?? null,
    status: "queued",
    currentStep: null,
    wait: null,
    blocked: null,
    output: {},
    latestUpdate: null,
    tasks: [],
    cancel: null,
    notify: event.facts?.notify ?? "done_only",
    revision: 0,
    createdAt: event.timestamp,
    updatedAt: event.timestamp,
    endedAt: null,
    result: null,
    error: null,
    delivery: null,
    update: null,
    updateText: null,
  };
}

/** Work on a queued flow is its start. */
function markStarted(record: FlowRecord): FlowRecord {
  return record.status === "queued" ? { ...record, status: "running" } : record;
}

function withOutput(record: FlowRecord, { event, output }: FlowEvent): FlowRecord {
  if (output === undefined) return record;
  const { name, value } = output;
  const known = record.output[name];
  const next: Json = event === "flow.output_set" ? value : [...(Array.isArray(known) ? known : []), value];
  return { ...record, output: { ...record.output, [name]: next } };
}

function withDelivery(record: FlowRecord, event: FlowEvent): FlowRecord {
  if (!isDeliveryEvent(event.event)) return record;
  const change = event.delivery ?? {};
  const of = change.of === "update" ? "update" : "delivery";
  const delivery = evolveDelivery(record[of], { name: event.event, timestamp: event.timestamp, change });
  return { ...record, [of]: delivery, ...(of === "update" ? { updateText: change.text ?? record.updateText } : {}) };
}
