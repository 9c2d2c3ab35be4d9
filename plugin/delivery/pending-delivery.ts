import {
  type DeliveryRecord,
  type DeliveryTarget,
  type FlowRecord,
  type ApprovalAccess,
  formatChatAnswer,
  getApprovalAccess,
  getQuestion,
  getTaskTitle,
  listCaveats,
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
  /** Of a question: what may be answered with one press, each with the command that says it. */
  buttons?: AnswerButton[];
  /** The result is for the agent that asked alone: its route is the session, whatever the record says. */
  isPrivate?: true;
  /** Of work that a scheduled run started: how that stands, since it is who tells the requester. */
  scheduledRun?: ScheduledRun;
}

/** A button in a channel. Pressing it is sending the command: the host knows who did. */
export interface AnswerButton {
  label: string;
  command: string;
  isRejection: boolean;
}

/** Channels carry the command in the button itself; Telegram takes 64 bytes, some of which the host needs. */
const MAX_BUTTON_COMMAND_BYTES = 56;
const MAX_BUTTONS = 6;

/** Buttons for a question; none where an answer needs data, or where one of them could not be carried. */
function listAnswerButtons(runId: string, { id, policy }: RunNode): AnswerButton[] {
  const { choices, schema } = policy?.approval ?? {};
  const words = choices ?? ["approve", "reject"];
  if (schema !== undefined || words.length > MAX_BUTTONS) return [];
  const buttons = words.map((label, index) => {
    const isRejection = index === words.length - 1;
    const choice = choices === undefined || isRejection || choices.length === 2 ? "" : ` ${label}`;
    return { label, isRejection, command: `/run ${isRejection ? "reject" : "approve"} ${runId} ${id}${choice}` };
  });
  return buttons.every(({ command }) => Buffer.byteLength(command) <= MAX_BUTTON_COMMAND_BYTES) ? buttons : [];
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
  const { lateResult } = task;
  const text = lateResult === undefined ? (result ?? task.error) : (lateResult.result ?? lateResult.error);
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
      status: lateResult === undefined ? task.status : `late_${lateResult.status}`,
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
 * @param approvals who may answer approvals that say nothing themselves
 */
export function listRunDeliveries(
  state: RunState,
  report: string | undefined,
  approvals: ApprovalAccess = {},
): PendingDelivery[] {
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
    content: { status: string; body: string | null; buttons?: AnswerButton[] },
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
  const body = withCaveats(state, report === undefined ? null : plainText(report, BODY_LENGTH));
  return [
    ...open({ kind: "run" }, state.delivery, { status: state.status, body }),
    ...state.nodes.flatMap((node) =>
      open({ kind: "question", of: `node:${node.id}` }, node.status === "waiting" ? node.asked : undefined, {
        status: getQuestion(node),
        body: answerHelp(state.runId, node, approvals),
        buttons: listAnswerButtons(state.runId, node),
      }),
    ),
    ...(state.messages ?? []).flatMap((message) =>
      open({ kind: "message", of: `message:${message.id}` }, message.delivery, { status: "", body: message.text }),
    ),
  ];
}

/** What is not proven stands before the result: whoever reads only the beginning has to see it. */
function withCaveats({ nodes }: RunState, body: string | null): string | null {
  const caveats = listCaveats(nodes).map((one) => `⚠️ ${one}`);
  return caveats.length === 0 ? body : [plainText(caveats.join("\n"), BODY_LENGTH), body ?? ""].join("\n\n").trim();
}

/** How a person answers a question without an agent. An answer to the agent counts where the approval lets it. */
function answerHelp(runId: string, node: RunNode, approvals: ApprovalAccess): string {
  const isVerified = getApprovalAccess(node, approvals).authority === "verified";
  const line = `${formatChatAnswer(runId, node)} · /run reject ${runId} ${node.id}`;
  return isVerified ? `Answer with: ${line}` : `Answer the agent, or: ${line}`;
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
