import { decideDelivery, planDelivery } from "../delivery/decide.ts";
import { ClawTaskError } from "../../model/errors.ts";
import type { FlowEventDraft, FlowEventName } from "../../model/flow-events.ts";
import { type FlowRecord, isFlowOver, type TerminalFlowStatus } from "../../model/flow-record.ts";
import { MAX_FLOW_TASKS } from "../../model/limits.ts";
import { SCHEMA_VERSION } from "../../model/run-events.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { cleaned } from "./sanitize.ts";
import type { FlowCommand } from "./commands.ts";
import { requireRoom } from "./output-limits.ts";
import { planChange, planEnd, routeOfFlow } from "./plan-end-delivery.ts";
import { waitText } from "./wait-text.ts";

type Commands = { [Type in FlowCommand["type"]]: Extract<FlowCommand, { type: Type }> };

/**
 * Decides what a command changes in a flow.
 *
 * @throws ClawTaskError `flow_not_found` | `flow_over` | `flow_cancelling` | `revision_conflict` | `too_large` |
 * `invalid_id` | `output_not_a_list` | `argument_missing` | `not_deliverable`
 */
export function decideFlow(
  flow: FlowRecord | undefined,
  command: FlowCommand,
  { now }: { now: Micros },
): FlowEventDraft[] {
  if (command.type === "create") return flow === undefined ? [created(command)] : [];
  const known = requireFlow(flow, command.flowId);
  if (command.type === "report_delivery") return reportDelivery(known, command, now);
  if (command.type === "settle_cancel") return settleCancel(known, command, now);
  requireRevision(known, command.expectedRevision);
  switch (command.type) {
    case "retry_delivery":
      return [again(known, now)];
    case "dismiss":
      return dismissed(known, command.reason);
    default:
      requireGoingOn(known);
      return change(known, command, now);
  }
}

function change(
  flow: FlowRecord,
  command: Exclude<
    FlowCommand,
    Commands["create" | "report_delivery" | "settle_cancel" | "retry_delivery" | "dismiss"]
  >,
  now: Micros,
): FlowEventDraft[] {
  const { flowId } = flow;
  const draft = (event: FlowEventName, more: Partial<FlowEventDraft>): FlowEventDraft => ({ event, flowId, ...more });
  switch (command.type) {
    case "link_task":
      requireNotCancelling(flow);
      return linked(flow, command);
    case "wait": {
      requireNotCancelling(flow);
      requireTarget(command.wait);
      const wait = cleaned.wait(command.wait);
      const event = draft("flow.waiting", { wait, ...stepOf(command) });
      return [event, ...planChange(flow, `is waiting for ${waitText(wait)}`, now)];
    }
    case "block": {
      requireNotCancelling(flow);
      const reason = cleaned.words(required(command.reason, "--reason", "a blocked flow says why"));
      return [draft("flow.blocked", { reason, ...stepOf(command) }), ...planChange(flow, `is blocked: ${reason}`, now)];
    }
    case "resume": {
      requireNotCancelling(flow);
      const goesOn = flow.status === "running";
      if (goesOn && (command.step === undefined || cleaned.step(command.step) === flow.currentStep)) return [];
      const words = flow.status === "queued" ? "has started" : "goes on";
      return [draft("flow.resumed", stepOf(command)), ...(goesOn ? [] : planChange(flow, words, now))];
    }
    case "set_output":
    case "append_output": {
      const { name, value, type } = command;
      requireRoom(flow, { name, value, appends: type === "append_output" });
      return [draft(type === "set_output" ? "flow.output_set" : "flow.output_appended", { output: { name, value } })];
    }
    case "update": {
      if (command.update === undefined && command.step === undefined)
        throw missing("an update or a step", `clawtask flows update ${flowId} --update "half of it is read"`);
      const update = command.update === undefined ? {} : { update: cleaned.words(command.update) };
      return [draft("flow.updated", { ...update, ...stepOf(command) })];
    }
    case "finish":
      requireNotCancelling(flow);
      return ended(flow, { status: "succeeded", ...textOf("result", command.result), ...byOf(command) }, now);
    case "fail": {
      requireNotCancelling(flow);
      const error = cleaned.error(required(command.error, "--error", "a failed flow says why"));
      return ended(flow, { status: "failed", error, ...byOf(command) }, now);
    }
    case "request_cancel":
      if (flow.cancel !== null) return [];
      return [
        draft("flow.cancel_requested", {
          cancel: {
            by: command.by,
            ...(command.reason === undefined ? {} : { reason: cleaned.words(command.reason) }),
          },
        }),
      ];
  }
}

function created({ flowId, facts, step }: Commands["create"]): FlowEventDraft {
  const known = cleaned.facts(facts);
  required(known.title, "--title", "a flow has a title");
  return { event: "flow.created", flowId, facts: known, schema: SCHEMA_VERSION, ...stepOf({ step }) };
}

function linked(flow: FlowRecord, command: Commands["link_task"]): FlowEventDraft[] {
  if (flow.tasks.includes(command.taskId)) return [];
  if (flow.tasks.length >= MAX_FLOW_TASKS) {
    throw new ClawTaskError("too_large", {
      message: `flow ${flow.flowId} has ${MAX_FLOW_TASKS} tasks; it takes no more`,
      next: 'begin another flow for the rest: clawtask flows create --title "..."',
    });
  }
  return [{ event: "flow.task_linked", flowId: flow.flowId, taskId: command.taskId, ...stepOf(command) }];
}

function ended(
  flow: FlowRecord,
  ending: { status: TerminalFlowStatus; result?: string; error?: string; by?: string },
  now: Micros,
): FlowEventDraft[] {
  return [{ event: "flow.ended", flowId: flow.flowId, ending }, ...planEnd(flow, ending, now)];
}

/** Once cancel is wanted no task comes in, so the tasks that are active only become fewer. */
function settleCancel(flow: FlowRecord, command: Commands["settle_cancel"], now: Micros): FlowEventDraft[] {
  if (isFlowOver(flow) || flow.cancel === null || command.activeTasks.length > 0) return [];
  return ended(flow, { status: "cancelled", by: flow.cancel.by }, now);
}

function reportDelivery(flow: FlowRecord, command: Commands["report_delivery"], now: Micros): FlowEventDraft[] {
  const { of, generation, report } = command;
  const record = flow[of ?? "delivery"];
  // The answer to a message whose place another one took says nothing about that one.
  if (generation !== undefined && generation !== record?.generation) return [];
  return decideDelivery(record, report, now).map(({ event, delivery }) => ({
    event,
    flowId: flow.flowId,
    delivery: of === undefined ? delivery : { ...delivery, of },
  }));
}

function again(flow: FlowRecord, now: Micros): FlowEventDraft {
  const { flowId, delivery } = flow;
  requireOver(flow);
  if (delivery?.state === "pending" || delivery?.state === "sending")
    throw notDeliverable(flow, `the end of flow ${flowId} is on its way already (${delivery.state})`);
  const route = delivery?.route ?? routeOfFlow(flow);
  if (route === null)
    throw notDeliverable(flow, `the requester of flow ${flowId} has no channel and no session to tell its end to`);
  const generation = (delivery?.generation ?? 0) + 1;
  return { flowId, ...planDelivery({ route, sender: "clawtask", now, waitMs: 0, generation }) };
}

function dismissed(flow: FlowRecord, reason: string): FlowEventDraft[] {
  requireOver(flow);
  if (flow.delivery?.state === "dismissed") return [];
  return [{ event: "delivery.dismissed", flowId: flow.flowId, delivery: { reason, dueAt: null } }];
}

function stepOf({ step }: { step?: string | undefined }): { step?: string } {
  return step === undefined || step.trim() === "" ? {} : { step: cleaned.step(step) };
}

function textOf(name: "result", text: string | undefined): { result?: string } {
  return text === undefined ? {} : { [name]: cleaned.result(text) };
}

function byOf({ by }: { by?: string }): { by?: string } {
  return by === undefined ? {} : { by };
}

function requireTarget(wait: Commands["wait"]["wait"]): void {
  const times = wait.kind === "until" ? parseMicros(wait.at) : 0;
  const name = wait.kind === "task" ? wait.taskId : wait.kind === "event" ? wait.name : "-";
  if (times !== undefined && name.trim() !== "") return;
  throw missing(
    wait.kind === "until" ? "an ISO time to wait until" : `the ${wait.kind} to wait for`,
    "clawtask flows wait --help",
  );
}

function required(text: string, option: string, why: string): string {
  if (text.trim() !== "") return text;
  throw missing(option, `give ${option}: ${why}`);
}

function missing(what: string, next: string): ClawTaskError {
  return new ClawTaskError("argument_missing", { message: `${what} is required`, next });
}

function requireFlow(flow: FlowRecord | undefined, flowId: string): FlowRecord {
  if (flow !== undefined) return flow;
  throw new ClawTaskError("flow_not_found", { message: `flow not found: ${flowId}`, next: "clawtask flows list" });
}

function requireRevision(flow: FlowRecord, expected: number | undefined): void {
  if (expected === undefined || expected === flow.revision) return;
  const { flowId, revision, status } = flow;
  throw new ClawTaskError("revision_conflict", {
    message: `flow ${flowId} is at revision ${revision}, not ${expected}: look at it again before you change it`,
    next: `clawtask flows show ${flowId}`,
    facts: { flowId, expectedRevision: expected, currentRevision: revision, status },
  });
}

function requireGoingOn(flow: FlowRecord): void {
  if (!isFlowOver(flow)) return;
  throw new ClawTaskError("flow_over", {
    message: `flow ${flow.flowId} has ended (${flow.status}): nothing changes it any more`,
    next: `clawtask flows show ${flow.flowId}`,
  });
}

function requireNotCancelling(flow: FlowRecord): void {
  if (flow.cancel === null) return;
  throw new ClawTaskError("flow_cancelling", {
    message: `flow ${flow.flowId} is being cancelled (by ${flow.cancel.by}): it ends as cancelled once its tasks have ended`,
    next: `clawtask flows show ${flow.flowId}`,
  });
}

function requireOver(flow: FlowRecord): void {
  if (!isFlowOver(flow)) throw notDeliverable(flow, `flow ${flow.flowId} is ${flow.status}: it has no end to tell yet`);
}

function notDeliverable(flow: FlowRecord, message: string): ClawTaskError {
  return new ClawTaskError("not_deliverable", { message, next: `clawtask flows show ${flow.flowId}` });
}
