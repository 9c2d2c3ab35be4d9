import type { DeliveryRoute } from "../../model/delivery-record.ts";
import type { HostDelivery, TaskEnding, TaskEventDraft, TaskFacts } from "../../model/task-events.ts";
import type { TaskRecord, TaskRuntime } from "../../model/task-record.ts";
import type { NotifyPolicy } from "../../model/task-status.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { planDelivery } from "../delivery/decide.ts";
import { DEFAULT_NOTIFY } from "./default-notify-policy.ts";

/**
 * When the host's own announcement of a subagent or ACP completion is due, in milliseconds after the end.
 * Measured: 0.2 to 17 s, longer while the requester is busy.
 */
export const HOST_ANNOUNCE_WAIT_MS = 60_000;

/** How long the host's word about its own delivery of a cron run may come after the end, in milliseconds. */
const CRON_REPORT_WAIT_MS = 5_000;

/** What decides who tells the requester, once the work has ended. */
interface EndedWork {
  runtime: TaskRuntime;
  route: DeliveryRoute | null;
  /** Why only its session is told, where that is so. */
  whySession: string;
  wanted: boolean;
  notify: NotifyPolicy;
}

/** What is known of work at its end: the record, and what the last signal adds to it. */
export function endedWork(task: TaskRecord | undefined, facts: TaskFacts): EndedWork {
  const runtime = task?.runtime ?? facts.runtime ?? "subagent";
  const isPrivate = task?.isPrivate === true || facts.isPrivate === true;
  return {
    runtime,
    route: isPrivate ? sessionRoute(task, facts) : (task?.route ?? facts.route ?? sessionRoute(task, facts)),
    whySession: isPrivate
      ? "the result is for the agent that asked alone"
      : "the requester's channel is not known: its session is told",
    wanted: (task?.wantsCompletion ?? true) && facts.wantsCompletion !== false,
    notify: task?.notify ?? facts.notify ?? DEFAULT_NOTIFY[runtime],
  };
}

/** A requester without a channel still has a session that can be woken. */
function sessionRoute(task: TaskRecord | undefined, facts: TaskFacts): DeliveryRoute | null {
  const sessionKey = task?.requesterSessionKey ?? facts.requesterSessionKey;
  return sessionKey === undefined || sessionKey === null ? null : { channel: "session", to: sessionKey, sessionKey };
}

/** Plans the way of the result, in the same append as the end. */
export function planResultDelivery(work: EndedWork, ending: TaskEnding, now: Micros): TaskEventDraft[] {
  const nothing = (reason: string): TaskEventDraft[] => [
    planDelivery({ route: null, sender: "host", now, waitMs: 0, reason }),
  ];
  if (ending.status === "cancelled") return nothing("cancelled: there is no result to report");
  if (!work.wanted) return nothing("the one who started it asked not to be told");
  if (ending.hostDelivery?.state === "suppressed")
    return nothing(ending.hostDelivery.reason ?? "it had nothing to say");
  if (ending.hostDelivery !== undefined && ending.hostDelivery.state !== "not_requested")
    return planAfterHost(work, ending.hostDelivery, now, ending.status === "succeeded");
  if (work.notify === "silent") return nothing("silent by policy");
  const isUnreportedCron = work.runtime === "cron" && ending.hostDelivery === undefined;
  const announcedByHost = work.runtime === "subagent" || work.runtime === "acp";
  return [
    planDelivery({
      route: work.route,
      sender: announcedByHost ? "host" : "clawtask",
      now,
      waitMs: announcedByHost ? HOST_ANNOUNCE_WAIT_MS : isUnreportedCron ? CRON_REPORT_WAIT_MS : 0,
      ...(work.route?.channel === "session" ? { reason: work.whySession } : {}),
    }),
  ];
}

/** The host was asked to deliver it by itself: confirmed, waited for, or taken over when it could not. */
function planAfterHost(work: EndedWork, host: HostDelivery, now: Micros, hasResult: boolean): TaskEventDraft[] {
  // A job that told nobody where to send its result has nobody who could have missed it. Its failures are listed.
  if (work.route === null && (host.state === "unknown" || (host.state === "failed" && !hasResult))) {
    const reason = host.reason ?? "there is nobody to tell";
    return [planDelivery({ route: null, sender: "host", now, waitMs: 0, reason })];
  }
  const sender = host.state === "failed" ? "clawtask" : "host";
  const waitMs = host.state === "failed" ? 0 : HOST_ANNOUNCE_WAIT_MS;
  const planned = planDelivery({
    route: work.route,
    sender,
    now,
    waitMs,
    ...(host.reason === undefined ? {} : { reason: host.reason }),
  });
  if (host.state === "delivered")
    return [planned, { event: "delivery.delivered", delivery: { receipt: host.reason ?? "delivered by the host" } }];
  if (host.state === "unknown")
    return [
      planned,
      { event: "delivery.ambiguous", delivery: { reason: host.reason ?? "the host does not know whether it arrived" } },
    ];
  return [planned];
}

/** The same work delivered once more. */
export function planRedelivery(
  delivery: { generation: number; route: DeliveryRoute; redirectedBy?: string | undefined },
  now: Micros,
): TaskEventDraft {
  return planDelivery({ ...delivery, sender: "clawtask", now, waitMs: 0 });
}

/** A state change that is told now. It takes the place of one that was not told yet. */
export function planUpdate(route: DeliveryRoute, text: string, generation: number, now: Micros): TaskEventDraft {
  const { event, delivery } = planDelivery({ route, sender: "clawtask", now, waitMs: 0, generation });
  return { event, delivery: { ...delivery, dueAt: formatMicros(now), of: "update", text } };
}

/** What matters of work whose changes are told. */
export type ChangingWork = Pick<TaskRecord, "notify" | "route" | "update" | "phase" | "isPrivate">;

/** Words for a change that a requester with the policy `state_changes` hears of. */
const WAITING: Readonly<Record<string, string>> = {
  waiting_user: "is waiting for an answer",
  waiting_approval: "is waiting for an approval",
  waiting_dependency: "is waiting for other work",
};

/**
 * Plans a message about a change of state, for tasks that tell them: it has started, it waits, it goes on, it
 * begins again. The end is told by the result's own delivery.
 */
export function planUpdateNotice(
  task: ChangingWork | undefined,
  drafts: readonly TaskEventDraft[],
  now: Micros,
): TaskEventDraft[] {
  if (task?.notify !== "state_changes" || task.route === null || task.isPrivate === true) return [];
  if (drafts.some(({ event }) => event === "task.ended")) return [];
  const notice = drafts.map((draft) => describeChange(task, draft)).find((text) => text !== undefined);
  if (notice === undefined) return [];
  return [planUpdate(task.route, notice, (task.update?.generation ?? 0) + 1, now)];
}

function describeChange(task: ChangingWork, draft: TaskEventDraft): string | undefined {
  switch (draft.event) {
    case "task.started":
      return "has started";
    case "task.attempt_started":
      return "was interrupted and goes on";
    case "task.progressed":
    case "task.reported": {
      const { phase, update } = draft.step ?? {};
      if (phase === undefined || phase === null || phase === task.phase) return undefined;
      const waits = WAITING[phase];
      if (waits !== undefined) return update === undefined ? waits : `${waits}: ${update}`;
      return WAITING[task.phase ?? ""] === undefined ? undefined : "goes on";
    }
    default:
      return undefined;
  }
}
