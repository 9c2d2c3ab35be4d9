import {
  type DeliveryRecord,
  type DeliveryTarget,
  type FlowRecord,
  getTaskTitle,
  isInFlight,
  parseMicros,
  plainText,
  type RunNode,
  type RunState,
  type TaskRecord,
} from "../../registry-helper/internal.ts";

/** Whose delivery it is: a task's result, a change of state of a task or flow, a flow's end; of a run what `of` says. */
export interface DeliveryOwner {
  kind: "task" | "update" | "flow" | "run" | "question" | "message";
  id: string;
  /** Of a run: which question or message; without it, its outcome. */
  of?: DeliveryTarget;
  /** Of a task or flow: which delivery; a newer one may take its place while the message is on its way. */
  generation?: number;
}

/** Something that is not with its requester yet, with all that the outbox needs to know of it. */
export interface PendingDelivery {
  owner: DeliveryOwner;
  delivery: DeliveryRecord;
  /** What the person will recognize the work by. */
  title: string;
  /** How it ended, as the record says; of an update, what it says. */
  status: string;
  /** The result or the error, capped; null when there is none. */
  body: string | null;
  /** Epoch milliseconds. */
  endedAt: number;
  /** Since when nothing of it goes on any more, in epoch ms; null while children of a child still work. */
  subtreeEndedAt: number | null;
  /** Sessions whose own words may tell the requester. */
  announcers: string[];
  /** Of a task: the host's names for it. */
  childSessionKey: string | null;
  hostRunId: string | null;
  /** True while the host may still announce this child: it tries again by itself, and anew when it is started anew. */
  hostMayRetry: boolean;
  /** The result is for the agent that asked alone: its route is the session, whatever the record says. */
  isPrivate?: true;
  /** Of work that a scheduled run started: how that stands, since it is who tells the requester. */
  scheduledRun?: ScheduledRun;
}

/** A scheduled run whose session asked for work. Once it is over, nobody hears what is handed to that session. */
export interface ScheduledRun {
  /** Epoch milliseconds; null while it goes on. */
  endedAt: number | null;
  result: string | null;
  /** Who tells its result. */
  announcer: "host" | "clawtask" | "nobody";
}

/** Sessions of detached work: waking one would begin work that nobody asked for. */
export const WORKER_SESSION = /:(subagent|acp|cron):/;
/** Sessions of scheduled runs. */
export const SCHEDULED_SESSION = /:cron:.+:run:/;

export function toScheduledRun(task: TaskRecord): ScheduledRun {
  const { delivery } = task;
  return {
    endedAt: task.endedAt === null ? null : toMs(task.endedAt),
    result: task.result,
    announcer: delivery === null || delivery.state === "none" ? "nobody" : delivery.sender,
  };
}

/** Longest body that travels to the outbox; the notice itself is shorter. */
const BODY_LENGTH = 4_000;

const toMs = (timestamp: string | null): number => Math.floor((parseMicros(timestamp) ?? 0) / 1000);

/**
 * The open deliveries of a task: its result's, and that of its last change of state.
 *
 * @param quiet since when nothing of it goes on, and the result of the work below it that ended last
 * @param scheduledRun the scheduled run that started it, if one did
 */
export function listTaskDeliveries(
  task: TaskRecord,
  subtree: { since: number | null; lastResult: string | undefined } = {
    since: toMs(task.endedAt),
    lastResult: undefined,
  },
  scheduledRun?: ScheduledRun,
): PendingDelivery[] {
  // Interim words of a cron run are not what its requester waits for; the host settles this for subagents.
  const result = task.runtime === "cron" ? (subtree.lastResult ?? task.result) : task.result;
  const text = result ?? task.error;
  const common = {
    title: getTaskTitle(task),
    announcers: task.requesterSessionKey === null ? [] : [task.requesterSessionKey],
    childSessionKey: task.childSessionKey,
    hostRunId: task.attempts.at(-1)?.runId ?? null,
    hostMayRetry: false,
    ...(scheduledRun === undefined ? {} : { scheduledRun }),
    ...(task.isPrivate === true ? { isPrivate: true as const } : {}),
  };
  const open: PendingDelivery[] = [];
  if (task.delivery !== null && isInFlight(task.delivery)) {
    open.push({
      ...common,
      owner: { kind: "task", id: task.taskId, generation: task.delivery.generation },
      delivery: task.isPrivate === true ? toSession(task.delivery, task.requesterSessionKey) : task.delivery,
      status: task.status,
      body: text === null ? null : plainText(text, BODY_LENGTH),
      endedAt: toMs(task.endedAt),
      subtreeEndedAt: subtree.since,
      hostMayRetry: mayStillBeAnnounced(task),
    });
  }
  if (task.update !== null && isInFlight(task.update) && task.isPrivate !== true) {
    const at = toMs(task.update.plannedAt);
    const status = task.updateText ?? "has changed";
    const owner = { kind: "update", id: task.taskId, generation: task.update.generation } as const;
    open.push({ ...common, owner, delivery: task.update, status, body: null, endedAt: at, subtreeEndedAt: at });
  }
  return open;
}

/** It may have been planned before anybody said that it is private. */
function toSession(delivery: DeliveryRecord, sessionKey: string | null): DeliveryRecord {
  return { ...delivery, route: sessionKey === null ? null : { channel: "session", to: sessionKey, sessionKey } };
}

/**
 * Whether the host may still announce the end of such work by itself. Its row tells how that stands for a subagent. The
 * end of an ACP session it tells in two ways: its row speaks of the one, and when that has failed, the other one goes on
 * (measured: announced by it after a restart).
 */
function mayStillBeAnnounced({ runtime, host }: TaskRecord): boolean {
  if (runtime === "acp") return host?.delivery === "pending" || host?.delivery === "failed";
  return runtime === "subagent" && host?.delivery === "pending";
}

/**
 * The open deliveries of a run: its outcome, the questions that wait for an answer, and what an operator sends.
 *
 * @param report the text of the run's last report, when there is one
 */
export function listRunDeliveries(state: RunState, report: string | undefined): PendingDelivery[] {
  const sessions = [state.sourceSessionKey, state.rootSessionKey, state.driverSessionKey];
  const common = {
    title: state.title,
    announcers: [...new Set(sessions.filter((key) => key !== null))],
    childSessionKey: null,
    hostRunId: null,
    hostMayRetry: false,
  };
  const open = (
    owner: Pick<DeliveryOwner, "kind" | "of">,
    delivery: DeliveryRecord | undefined,
    content: { status: string; body: string | null },
  ): PendingDelivery[] => {
    if (delivery === undefined || !isInFlight(delivery)) return [];
    const at = toMs(delivery.plannedAt);
    const generation = owner.of === undefined ? {} : { generation: delivery.generation };
    return [
      {
        ...common,
        owner: { ...owner, id: state.runId, ...generation },
        delivery,
        ...content,
        endedAt: at,
        subtreeEndedAt: at,
      },
    ];
  };
  const body = report === undefined ? null : plainText(report, BODY_LENGTH);
  return [
    ...open({ kind: "run" }, state.delivery, { status: state.status, body }),
    ...state.nodes.flatMap((node) =>
      open({ kind: "question", of: `node:${node.id}` }, node.status === "waiting" ? node.asked : undefined, {
        status: node.lastMessage ?? node.title,
        body: answerHelp(state.runId, node),
      }),
    ),
    ...(state.messages ?? []).flatMap((message) =>
      open({ kind: "message", of: `message:${message.id}` }, message.delivery, { status: "", body: message.text }),
    ),
  ];
}

/** How a person answers a question without an agent. */
function answerHelp(runId: string, node: RunNode): string {
  const { choices } = node.policy?.approval ?? {};
  const yes = (choices?.slice(0, -1) ?? []).length > 1 ? ` <${choices?.slice(0, -1).join("|") ?? ""}>` : "";
  return `Answer the agent, or: /run approve ${runId} ${node.id}${yes} · /run reject ${runId} ${node.id}`;
}

/** The open deliveries of a flow: its end's, and that of its last change of state. */
export function listFlowDeliveries(flow: FlowRecord): PendingDelivery[] {
  const open: PendingDelivery[] = [];
  const add = (kind: "flow" | "update", delivery: DeliveryRecord, status: string, body: string | null): void => {
    const at = toMs(delivery.plannedAt);
    open.push({
      owner: { kind, id: flow.flowId, generation: delivery.generation },
      delivery,
      title: flow.title,
      status,
      body: body === null ? null : plainText(body, BODY_LENGTH),
      endedAt: at,
      subtreeEndedAt: at,
      announcers: flow.ownerSessionKey === null ? [] : [flow.ownerSessionKey],
      childSessionKey: null,
      hostRunId: null,
      hostMayRetry: false,
    });
  };
  if (flow.delivery !== null && isInFlight(flow.delivery))
    add("flow", flow.delivery, flow.status, flow.result ?? flow.error);
  // Once it has ended, what it was waiting for before is no news.
  if (flow.update !== null && isInFlight(flow.update) && flow.endedAt === null)
    add("update", flow.update, flow.updateText ?? "has changed", null);
  return open;
}
