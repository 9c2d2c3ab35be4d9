import type { DeliveryRecord } from "../../model/delivery-record.ts";
import type { TaskEnding, TaskEventDraft, TaskFacts } from "../../model/task-events.ts";
import type { HostRow, TaskRecord, TokenUsage } from "../../model/task-record.ts";
import type { Micros } from "../../model/time.ts";
import type { TaskSignal } from "./commands.ts";
import { isTerminalTask } from "./evolve.ts";
import { endedWork, planResultDelivery } from "./plan-result-delivery.ts";

/**
 * Decides what a signal changes. Sources may tell of the same work early and late, twice or never, in any
 * order: the first terminal fact wins, later ones only add what was missing.
 */
export function decideSignal(task: TaskRecord | undefined, signal: TaskSignal, now: Micros): TaskEventDraft[] {
  const drafts: TaskEventDraft[] = [];
  const hasEnded = task !== undefined && isTerminalTask(task);
  if (task === undefined) drafts.push({ event: "task.created", names: [...signal.names], facts: signal.facts });
  else if (signal.resumes === true && !hasEnded && signal.names.some((name) => !task.names.includes(name))) {
    drafts.push({ event: "task.attempt_started", names: [...signal.names], facts: signal.facts });
  } else drafts.push(...describe(task, signal));

  if (signal.started === true && (task === undefined || task.status === "queued"))
    drafts.push({ event: "task.started" });
  if (!hasEnded) drafts.push(...backing(task, signal), ...progress(task, signal));
  if (signal.host !== undefined && !isSameRow(task?.host ?? null, signal.host))
    drafts.push({ event: "task.host_row", host: signal.host });
  if (signal.ending !== undefined) drafts.push(...end(task, signal, signal.ending, now));
  if (task !== undefined && hasEnded) drafts.push(...planForLateFacts(task, signal.facts, now));
  return drafts;
}

/** Names and facts that the task does not have yet. */
function describe(task: TaskRecord, signal: TaskSignal): TaskEventDraft[] {
  const names = signal.names.filter((name) => !task.names.includes(name));
  const attempt = task.attempts[task.attempts.length - 1];
  const has: Record<keyof TaskFacts, boolean> = {
    runtime: signal.facts.runtime === task.runtime || signal.facts.runtime === "subagent",
    label: task.label !== null,
    task: task.task !== null,
    requesterSessionKey: task.requesterSessionKey !== null,
    childSessionKey: task.childSessionKey !== null,
    parentRunId: task.parentRunId !== null,
    parentTaskId: task.parentTaskId !== null,
    flowId: task.flowId !== null,
    sourceId: task.sourceId !== null,
    taskKind: task.taskKind !== null,
    runId: (attempt?.runId ?? null) !== null,
    agentId: (attempt?.worker.agentId ?? null) !== null,
    model: (attempt?.worker.model ?? null) !== null,
    sessionId: task.sessionId !== null,
    route: task.route !== null,
    usage: isKnownUsage(task.usage, signal.facts.usage),
    wantsCompletion: signal.facts.wantsCompletion !== false || !task.wantsCompletion,
    isPrivate: task.isPrivate === true,
    notify: true,
    acceptedAt: true,
  };
  const missing = Object.entries(signal.facts).filter(([key]) => !has[key as keyof TaskFacts]);
  if (names.length === 0 && missing.length === 0) return [];
  return [{ event: "task.described", names, facts: Object.fromEntries(missing) }];
}

/** A run counts its output as it goes; the whole of it is known once the host has closed its books. */
function isKnownUsage(known: TokenUsage | null, told: TokenUsage | undefined): boolean {
  if (told === undefined) return true;
  if (known?.input !== null && known?.input !== undefined && told.input === null) return true;
  return (
    known?.input === told.input &&
    known.output === told.output &&
    known.cached === told.cached &&
    known.costUsd === told.costUsd
  );
}

function backing(task: TaskRecord | undefined, signal: TaskSignal): TaskEventDraft[] {
  const isMissing = (task?.missingSince ?? null) !== null;
  if (signal.isBacked === false && !isMissing) return [{ event: "task.backing_missing" }];
  // Whatever shows a sign of life is backing enough.
  const isAlive = signal.isBacked === true || signal.started === true || signal.step !== undefined;
  return isMissing && isAlive && signal.resumes !== true ? [{ event: "task.backing_found" }] : [];
}

function progress(task: TaskRecord | undefined, signal: TaskSignal): TaskEventDraft[] {
  const { step } = signal;
  if (step === undefined) return [];
  const isReport = task?.isReported === true;
  // What the agent itself said stands until a fact contradicts it: a tool call ends a reported wait.
  const phase = isReport && !contradicts(task, step) ? undefined : step.phase;
  const change = { ...step, ...(phase === undefined ? {} : { phase }) };
  if (phase === undefined) delete change.phase;
  const isNew =
    step.isIdle === true ||
    (phase !== undefined && phase !== task?.phase) ||
    (step.blockReason !== undefined && step.blockReason !== task?.blockReason) ||
    (step.update !== undefined && step.update !== task?.latestUpdate) ||
    (step.artifacts ?? []).some((path) => task?.artifacts.includes(path) !== true);
  return isNew ? [{ event: "task.progressed", step: change }] : [];
}

/** A report says that it waits, and a fact shows that it works. */
function contradicts(task: TaskRecord | undefined, step: { phase?: unknown; blockReason?: unknown }): boolean {
  const isWaiting = task?.phase?.startsWith("waiting_") === true || (task?.blockReason ?? null) !== null;
  return (isWaiting && typeof step.phase === "string") || typeof step.blockReason === "string";
}

function isSameRow(known: HostRow | null, received: HostRow): boolean {
  return known?.taskId === received.taskId && known.status === received.status && known.delivery === received.delivery;
}

function end(task: TaskRecord | undefined, signal: TaskSignal, ending: TaskEnding, now: Micros): TaskEventDraft[] {
  // A row that says what it said before is no news, however often both ledgers are compared.
  const isStale = signal.host !== undefined && task !== undefined && isSameRow(task.host, signal.host);
  if (task !== undefined && isTerminalTask(task)) return lateEnd(task, ending, { now, isStale });
  const work = endedWork(task, signal.facts);
  return [{ event: "task.ended", ending }, ...planResultDelivery(work, ending, now)];
}

/**
 * The end was told before the route, or before that it is private: without this, the result of such work would reach
 * nobody, or everybody.
 */
function planForLateFacts(task: TaskRecord, facts: TaskFacts, now: Micros): TaskEventDraft[] {
  const { delivery } = task;
  if (delivery === null || task.status === "queued") return [];
  const isToSession = delivery.state === "pending" && delivery.route?.channel === "session";
  const isLateRoute = facts.route !== undefined && task.route === null && (delivery.state === "none" || isToSession);
  const isLatePrivacy =
    facts.isPrivate === true && task.isPrivate !== true && delivery.state === "pending" && !isToSession;
  if (!isLateRoute && !isLatePrivacy) return [];
  const work = endedWork(task, facts);
  const planned = planResultDelivery(work, { status: task.status === "running" ? "lost" : task.status }, now);
  if (planned.every(({ delivery: change }) => (change?.route ?? null) === null)) return [];
  return planned.map((draft) => ({ ...draft, delivery: { ...draft.delivery, generation: delivery.generation } }));
}

function lateEnd(
  task: TaskRecord,
  ending: TaskEnding,
  { now, isStale }: { now: Micros; isStale: boolean },
): TaskEventDraft[] {
  if (task.delivery === null) return planMissedDelivery(task, ending, now);
  if (ending.status !== task.status)
    return isStale || isKnownLateEnd(task, ending) ? [] : [{ event: "task.late_signal", ending }];
  const replaces = ending.supersedes === true && ending.result !== undefined && ending.result !== task.result;
  const adds =
    replaces ||
    (ending.result !== undefined && task.result === null) ||
    (ending.error !== undefined && task.error === null);
  return [...(adds ? [{ event: "task.late_signal" as const, ending }] : []), ...applyHostDelivery(task, ending, now)];
}

/** The same end, told again by another source, with nothing that the first one left out. */
function isKnownLateEnd({ lateResult }: TaskRecord, ending: TaskEnding): boolean {
  if (lateResult?.status !== ending.status) return false;
  const adds = (known: string | null, told: string | undefined): boolean => known === null && told !== undefined;
  return !adds(lateResult.result, ending.result) && !adds(lateResult.error, ending.error);
}

/** A machine that stopped in the middle of a write kept the end and lost what was planned with it. */
function planMissedDelivery(task: TaskRecord, { hostDelivery }: TaskEnding, now: Micros): TaskEventDraft[] {
  const known = hostDelivery === undefined ? {} : { hostDelivery };
  return planResultDelivery(endedWork(task, {}), { status: task.status as TaskEnding["status"], ...known }, now);
}

/** Which way the host took with the result is often told after the end. */
function applyHostDelivery(task: TaskRecord, ending: TaskEnding, now: Micros): TaskEventDraft[] {
  const { hostDelivery } = ending;
  const { delivery } = task;
  if (hostDelivery === undefined || hostDelivery.state === "not_requested" || delivery === null) return [];
  // What somebody ordered again is no longer the host's first delivery.
  if (delivery.generation > 1 || delivery.tries > 0) return [];
  if (delivery.state !== "none" && delivery.state !== "pending") return [];
  const planned = planResultDelivery(endedWork(task, {}), { ...ending, hostDelivery }, now);
  return isPlanned(delivery, planned) ? [] : planned;
}

/** The same word, told again by another source. */
function isPlanned(delivery: DeliveryRecord, planned: readonly TaskEventDraft[]): boolean {
  const [plan, ...more] = planned;
  return (
    more.length === 0 &&
    plan?.delivery?.sender === delivery.sender &&
    plan.delivery.reason === delivery.reason &&
    JSON.stringify(plan.delivery.route) === JSON.stringify(delivery.route)
  );
}
