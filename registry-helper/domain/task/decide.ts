import { hasAge } from "../../model/age.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { suggest } from "../../model/remedy.ts";
import type { TaskEventDraft } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { decideDelivery } from "../delivery/decide.ts";
import { type Redirect, toRedirectedRoute } from "../delivery/redirect.ts";
import type { TaskCommand, TaskSignal } from "./commands.ts";
import { decideSignal } from "./decide-signal.ts";
import { isTerminalTask } from "./evolve.ts";
import { endedWork, planRedelivery, type ChangingWork, planUpdateNotice } from "./plan-result-delivery.ts";
import { sanitizeSignal, sanitizeStep } from "./sanitize.ts";

/** Nothing that works on a task for this long, and it is lost. */
export const LOST_AFTER_MS = 5 * 60_000;

/**
 * Decides what a command changes in a task.
 *
 * @throws ClawTaskError `task_not_found` | `task_over` | `task_not_over` | `not_deliverable`
 */
export function decideTask(
  task: TaskRecord | undefined,
  command: TaskCommand,
  context: { now: Micros },
): TaskEventDraft[] {
  if (command.type === "signal") {
    const drafts = decideSignal(task, sanitizeSignal(command), context.now);
    return [...drafts, ...planUpdateNotice(task ?? newWork(command), drafts, context.now)];
  }
  if (command.type === "report_delivery") return reportDelivery(task, command, context.now);
  const known = requireTask(task, command.taskId);
  switch (command.type) {
    case "report": {
      requireNotEnded(known, "report progress of");
      const drafts: TaskEventDraft[] = [{ event: "task.reported", step: sanitizeStep(command.step) }];
      return [...drafts, ...planUpdateNotice(known, drafts, context.now)];
    }
    case "set_notify":
      return known.notify === command.notify ? [] : [{ event: "task.notify_set", notify: command.notify }];
    case "request_cancel":
      requireNotEnded(known, "cancel");
      return !mayRetryCancel(known, context.now)
        ? []
        : [{ event: "task.cancel_requested", cancel: withReason({ by: command.by }, command.reason) }];
    case "answer_cancel":
      return known.cancel?.outcome !== "asked"
        ? []
        : [{ event: "task.cancel_answered", cancel: { outcome: command.outcome, reason: command.reason } }];
    case "retry_delivery":
      return [retryDelivery(known, command.redirect, context.now)];
    case "dismiss":
      requireEnded(known, "dismiss the result of");
      return known.delivery?.state === "dismissed"
        ? []
        : [{ event: "delivery.dismissed", delivery: { reason: command.reason, dueAt: null } }];
    case "declare_lost":
      return declareLost(known, command.reason, context.now);
  }
}

/** Work that this signal makes, as far as its requester may want to hear that it has started. */
function newWork({ facts }: TaskSignal): ChangingWork | undefined {
  const { notify, route, isPrivate } = facts;
  if (notify === undefined || route === undefined || isPrivate === true) return undefined;
  return { notify, route, update: null, phase: null };
}

/** An owner that was told to stop and did not may be told again after this long, in milliseconds. */
const CANCEL_RETRY_AFTER_MS = 30_000;

function mayRetryCancel({ cancel }: TaskRecord, now: Micros): boolean {
  if (cancel === null || cancel.outcome === "refused") return true;
  const askedAt = parseMicros(cancel.requestedAt) ?? now;
  return cancel.outcome === "accepted" && hasAge((now - askedAt) / 1000, CANCEL_RETRY_AFTER_MS);
}

function reportDelivery(
  task: TaskRecord | undefined,
  command: Extract<TaskCommand, { type: "report_delivery" }>,
  now: Micros,
): TaskEventDraft[] {
  if (task === undefined) return [];
  const record = task[command.of ?? "delivery"];
  // The answer to a message whose place another one took says nothing about that one.
  if (command.generation !== undefined && command.generation !== record?.generation) return [];
  if (command.of === undefined) return decideDelivery(record, command.report, now);
  return decideDelivery(record, command.report, now).map(({ event, delivery }) => ({
    event,
    delivery: { ...delivery, of: "update" as const },
  }));
}

function retryDelivery(task: TaskRecord, redirect: Redirect | undefined, now: Micros): TaskEventDraft {
  requireEnded(task, "deliver the result of");
  const { delivery } = task;
  if (delivery?.state === "pending" || delivery?.state === "sending") {
    throw new ClawTaskError("not_deliverable", {
      message: `the result of ${task.taskId} is on its way already (${delivery.state})`,
      remedy: { commands: [suggest("tasks show", task.taskId)] },
    });
  }
  if (redirect !== undefined && task.isPrivate === true)
    throw new ClawTaskError("not_deliverable", {
      message: `the result of ${task.taskId} is for the agent that asked alone: it goes to no channel`,
      remedy: { commands: [suggest("tasks show", task.taskId)] },
    });
  const planned = endedWork(task, {}).route;
  const own = task.isPrivate === true ? planned : (delivery?.route ?? planned);
  const route = redirect === undefined ? own : toRedirectedRoute(redirect, own);
  if (route === null) {
    throw new ClawTaskError("not_deliverable", {
      message: `the requester of ${task.taskId} has no channel and no session to deliver to`,
      remedy: {
        hint: "read the result, or dismiss it",
        commands: [suggest("tasks show", task.taskId), suggest("tasks dismiss", task.taskId)],
      },
    });
  }
  const redirectedBy = redirect?.by ?? delivery?.redirectedBy;
  return planRedelivery({ generation: (delivery?.generation ?? 0) + 1, route, redirectedBy }, now);
}

function declareLost(task: TaskRecord, reason: string, now: Micros): TaskEventDraft[] {
  const since = parseMicros(task.missingSince ?? undefined);
  if (isTerminalTask(task) || since === undefined || !hasAge((now - since) / 1000, LOST_AFTER_MS)) return [];
  const signal = { type: "signal" as const, taskId: task.taskId, source: "reconcile", names: [], facts: {} };
  return decideSignal(task, { ...signal, ending: { status: "lost", error: reason } }, now);
}

function withReason<Shape extends object>(shape: Shape, reason: string | undefined): Shape & { reason?: string } {
  return reason === undefined ? shape : { ...shape, reason };
}

function requireTask(task: TaskRecord | undefined, taskId: string): TaskRecord {
  if (task !== undefined) return task;
  throw new ClawTaskError("task_not_found", {
    message: `task not found: ${taskId}`,
    remedy: { commands: [suggest("tasks list")] },
  });
}

function requireNotEnded(task: TaskRecord, what: string): void {
  if (!isTerminalTask(task)) return;
  throw new ClawTaskError("task_over", {
    message: `cannot ${what} ${task.taskId}: it has ended (${task.status})`,
    remedy: { commands: [suggest("tasks show", task.taskId)] },
  });
}

function requireEnded(task: TaskRecord, what: string): void {
  if (isTerminalTask(task)) return;
  throw new ClawTaskError("task_not_over", {
    message: `cannot ${what} ${task.taskId}: it is ${task.status}`,
    remedy: {
      hint: "look at it, or stop it",
      commands: [suggest("tasks show", task.taskId), suggest("tasks cancel", task.taskId)],
    },
  });
}
