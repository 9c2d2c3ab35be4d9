import { ClawTaskError } from "../../model/errors.ts";
import type { FlowEventDraft, FlowEventName } from "../../model/flow-events.ts";
import { type FlowRecord, isFlowEnded, type TerminalFlowStatus } from "../../model/flow-record.ts";
import { MAX_FLOW_TASKS } from "../../model/limits.ts";
import { type Remedy, suggest } from "../../model/remedy.ts";
import { SCHEMA_VERSION } from "../../model/run-events.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { decideDelivery, planDelivery } from "../delivery/decide.ts";
import { type Redirect, toRedirectedRoute } from "../delivery/redirect.ts";
import type { FlowCommand } from "./commands.ts";
import { planChangeNotice, planEndDelivery, getFlowRoute } from "./plan-end-delivery.ts";
import { requireOutputFits, sanitizeFlow } from "./sanitize.ts";
import { formatWait } from "./wait-text.ts";

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
  if (command.type === "settle_cancel") return completeCancel(known, command, now);
  requireRevision(known, command.expectedRevision);
  switch (command.type) {
    case "retry_delivery":
      return [retryDelivery(known, command.redirect, now)];
    case "dismiss":
      return dismissed(known, command.reason);
    default:
      requireNotEnded(known);
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
      const wait = sanitizeFlow.wait(command.wait);
      const event = draft("flow.waiting", { wait, ...optionalStep(command) });
      return [event, ...planChangeNotice(flow, `is waiting for ${formatWait(wait)}`, now)];
    }
    case "block": {
      requireNotCancelling(flow);
      const reason = sanitizeFlow.words(required(command.reason, "--reason", "a blocked flow says why"));
      return [
        draft("flow.blocked", { reason, ...optionalStep(command) }),
        ...planChangeNotice(flow, `is blocked: ${reason}`, now),
      ];
    }
    case "resume": {
      requireNotCancelling(flow);
      const isRunning = flow.status === "running";
      if (isRunning && (command.step === undefined || sanitizeFlow.step(command.step) === flow.currentStep)) return [];
      const words = flow.status === "queued" ? "has started" : "goes on";
      return [draft("flow.resumed", optionalStep(command)), ...(isRunning ? [] : planChangeNotice(flow, words, now))];
    }
    case "set_output":
    case "append_output": {
      const { name, value, type } = command;
      requireOutputFits(flow, { name, value, appends: type === "append_output" });
      return [draft(type === "set_output" ? "flow.output_set" : "flow.output_appended", { output: { name, value } })];
    }
    case "update": {
      if (command.update === undefined && command.step === undefined)
        throw missing("an update or a step", {
          commands: [suggest("flows update", flowId, "--update", "half of it is read")],
        });
      const update = command.update === undefined ? {} : { update: sanitizeFlow.words(command.update) };
      return [draft("flow.updated", { ...update, ...optionalStep(command) })];
    }
    case "finish":
      requireNotCancelling(flow);
      return ended(
        flow,
        { status: "succeeded", ...optionalText("result", command.result), ...optionalActor(command) },
        now,
      );
    case "fail": {
      requireNotCancelling(flow);
      const error = sanitizeFlow.error(required(command.error, "--error", "a failed flow says why"));
      return ended(flow, { status: "failed", error, ...optionalActor(command) }, now);
    }
    case "request_cancel":
      if (flow.cancel !== null) return [];
      return [
        draft("flow.cancel_requested", {
          cancel: {
            by: command.by,
            ...(command.reason === undefined ? {} : { reason: sanitizeFlow.words(command.reason) }),
          },
        }),
      ];
  }
}

function created({ flowId, facts, step }: Commands["create"]): FlowEventDraft {
  const known = sanitizeFlow.facts(facts);
  required(known.title, "--title", "a flow has a title");
  return { event: "flow.created", flowId, facts: known, schema: SCHEMA_VERSION, ...optionalStep({ step }) };
}

function linked(flow: FlowRecord, command: Commands["link_task"]): FlowEventDraft[] {
  if (flow.tasks.includes(command.taskId)) return [];
  if (flow.tasks.length >= MAX_FLOW_TASKS) {
    throw new ClawTaskError("too_large", {
      message: `flow ${flow.flowId} has ${MAX_FLOW_TASKS} tasks; it takes no more`,
      remedy: { hint: "start another flow for the rest", commands: [suggest("flows create", "--title", "<title>")] },
    });
  }
  return [{ event: "flow.task_linked", flowId: flow.flowId, taskId: command.taskId, ...optionalStep(command) }];
}

function ended(
  flow: FlowRecord,
  ending: { status: TerminalFlowStatus; result?: string; error?: string; by?: string },
  now: Micros,
): FlowEventDraft[] {
  return [{ event: "flow.ended", flowId: flow.flowId, ending }, ...planEndDelivery(flow, ending, now)];
}

/** Once cancel is wanted no task comes in, so the tasks that are active only become fewer. */
function completeCancel(flow: FlowRecord, command: Commands["settle_cancel"], now: Micros): FlowEventDraft[] {
  if (isFlowEnded(flow) || flow.cancel === null || command.activeTasks.length > 0) return [];
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

function retryDelivery(flow: FlowRecord, redirect: Redirect | undefined, now: Micros): FlowEventDraft {
  const { flowId, delivery } = flow;
  requireEnded(flow);
  if (delivery?.state === "pending" || delivery?.state === "sending")
    throw notDeliverable(flow, `the end of flow ${flowId} is on its way already (${delivery.state})`);
  const own = delivery?.route ?? getFlowRoute(flow);
  const route = redirect === undefined ? own : toRedirectedRoute(redirect, own);
  if (route === null)
    throw notDeliverable(flow, `the requester of flow ${flowId} has no channel and no session to tell its end to`);
  const generation = (delivery?.generation ?? 0) + 1;
  const redirectedBy = redirect?.by ?? delivery?.redirectedBy;
  return { flowId, ...planDelivery({ route, sender: "clawtask", now, waitMs: 0, generation, redirectedBy }) };
}

function dismissed(flow: FlowRecord, reason: string): FlowEventDraft[] {
  requireEnded(flow);
  if (flow.delivery?.state === "dismissed") return [];
  return [{ event: "delivery.dismissed", flowId: flow.flowId, delivery: { reason, dueAt: null } }];
}

function optionalStep({ step }: { step?: string | undefined }): { step?: string } {
  return step === undefined || step.trim() === "" ? {} : { step: sanitizeFlow.step(step) };
}

function optionalText(name: "result", text: string | undefined): { result?: string } {
  return text === undefined ? {} : { [name]: sanitizeFlow.result(text) };
}

function optionalActor({ by }: { by?: string }): { by?: string } {
  return by === undefined ? {} : { by };
}

function requireTarget(wait: Commands["wait"]["wait"]): void {
  const times = wait.kind === "until" ? parseMicros(wait.at) : 0;
  const name = wait.kind === "task" ? wait.taskId : wait.kind === "event" ? wait.name : "-";
  if (times !== undefined && name.trim() !== "") return;
  throw missing(wait.kind === "until" ? "an ISO time to wait until" : `the ${wait.kind} to wait for`, {
    commands: [suggest("flows wait", "--help")],
  });
}

function required(text: string, option: string, why: string): string {
  if (text.trim() !== "") return text;
  throw missing(option, { hint: `give ${option}: ${why}` });
}

function missing(what: string, remedy: Remedy): ClawTaskError {
  return new ClawTaskError("argument_missing", { message: `${what} is required`, remedy });
}

function requireFlow(flow: FlowRecord | undefined, flowId: string): FlowRecord {
  if (flow !== undefined) return flow;
  throw new ClawTaskError("flow_not_found", {
    message: `flow not found: ${flowId}`,
    remedy: { commands: [suggest("flows list")] },
  });
}

function requireRevision(flow: FlowRecord, expected: number | undefined): void {
  if (expected === undefined || expected === flow.revision) return;
  const { flowId, revision, status } = flow;
  throw new ClawTaskError("revision_conflict", {
    message: `flow ${flowId} is at revision ${revision}, not ${expected}: look at it again before you change it`,
    remedy: { commands: [suggest("flows show", flowId)] },
    facts: { flowId, expectedRevision: expected, currentRevision: revision, status },
  });
}

function requireNotEnded(flow: FlowRecord): void {
  if (!isFlowEnded(flow)) return;
  throw new ClawTaskError("flow_over", {
    message: `flow ${flow.flowId} has ended (${flow.status}): nothing changes it any more`,
    remedy: { commands: [suggest("flows show", flow.flowId)] },
  });
}

function requireNotCancelling(flow: FlowRecord): void {
  if (flow.cancel === null) return;
  throw new ClawTaskError("flow_cancelling", {
    message: `flow ${flow.flowId} is being cancelled (by ${flow.cancel.by}): it ends as cancelled once its tasks have ended`,
    remedy: { commands: [suggest("flows show", flow.flowId)] },
  });
}

function requireEnded(flow: FlowRecord): void {
  if (!isFlowEnded(flow))
    throw notDeliverable(flow, `flow ${flow.flowId} is ${flow.status}: it has no end to tell yet`);
}

function notDeliverable(flow: FlowRecord, message: string): ClawTaskError {
  return new ClawTaskError("not_deliverable", { message, remedy: { commands: [suggest("flows show", flow.flowId)] } });
}
