import { MAX_TASK_ARTIFACTS } from "../../model/limits.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { TaskEnding, TaskEvent, TaskFacts, TaskStep } from "../../model/task-events.ts";
import { TERMINAL_TASK_STATUSES, type TaskAttempt, type TaskRecord } from "../../model/task-record.ts";
import { evolveDelivery, isDeliveryEvent } from "../delivery/evolve.ts";
import { DEFAULT_NOTIFY } from "./default-notify-policy.ts";

/** Longest one-line form of an error. */
const ERROR_SUMMARY_LENGTH = 160;

const WORKER_KIND: Readonly<Record<TaskRecord["runtime"], string>> = {
  subagent: "subagent_session",
  acp: "acp_session",
  cron: "cron_run",
  cli: "cli_run",
  exec: "process",
  media: "media_job",
};

const EVENT_NAMES: ReadonlySet<string> = new Set<TaskEvent["event"]>([
  "task.created",
  "task.described",
  "task.started",
  "task.attempt_started",
  "task.progressed",
  "task.reported",
  "task.host_row",
  "task.backing_missing",
  "task.backing_found",
  "task.notify_set",
  "task.cancel_requested",
  "task.cancel_answered",
  "task.ended",
  "task.late_signal",
]);

/** Whether this version knows what an event means. One that it does not know makes no task. */
export function isKnownTaskEvent({ event }: Pick<TaskEvent, "event">): boolean {
  return EVENT_NAMES.has(event) || isDeliveryEvent(event);
}

/** Folds one event into a task. Pure. */
export function evolveTask(task: TaskRecord | undefined, event: TaskEvent): TaskRecord {
  const before = task ?? newTask(event);
  const record = { ...before, updatedAt: event.timestamp };
  if (isDeliveryEvent(event.event)) {
    const change = event.delivery ?? {};
    const of = change.of === "update" ? "update" : "delivery";
    const delivery = evolveDelivery(before[of], { name: event.event, timestamp: event.timestamp, change });
    const updateText = of === "update" ? { updateText: change.text ?? before.updateText } : {};
    return { ...record, [of]: delivery, ...updateText };
  }
  const alive = { lastActivityAt: event.timestamp, lastProgressAt: event.timestamp };
  switch (event.event) {
    case "task.created":
    case "task.described":
      return described({ ...record, lastActivityAt: event.timestamp }, event);
    case "task.attempt_started":
      return anotherAttempt({ ...record, ...alive }, event);
    case "task.started":
      return withAttempt(
        {
          ...record,
          status: "running",
          startedAt: record.startedAt ?? event.timestamp,
          ...alive,
        },
        { status: "running", startedAt: event.timestamp },
      );
    case "task.progressed":
      return stepped(
        { ...record, ...(event.step?.isIdle === true ? { lastActivityAt: event.timestamp } : alive) },
        event,
        false,
      );
    case "task.reported":
      return stepped({ ...record, ...alive }, event, true);
    case "task.host_row":
      return { ...record, host: event.host ?? null };
    case "task.backing_missing":
      return { ...record, missingSince: event.timestamp };
    case "task.backing_found":
      return { ...record, missingSince: null, lastActivityAt: event.timestamp };
    case "task.notify_set":
      return { ...record, notify: event.notify ?? record.notify };
    case "task.cancel_requested":
      return {
        ...record,
        cancel: {
          requestedAt: event.timestamp,
          by: event.cancel?.by ?? "somebody",
          outcome: "asked",
          reason: event.cancel?.reason ?? null,
        },
      };
    case "task.cancel_answered":
      return record.cancel === null
        ? record
        : {
            ...record,
            cancel: {
              ...record.cancel,
              outcome: event.cancel?.outcome ?? "refused",
              reason: event.cancel?.reason ?? record.cancel.reason,
            },
          };
    case "task.ended":
      return ended(record, event);
    case "task.late_signal":
      return late(record, event);
    default:
      // A newer version's: what it means is not known here, and nothing else of the task depends on it.
      return before;
  }
}

function newTask(event: TaskEvent): TaskRecord {
  return {
    taskId: event.taskId,
    names: [],
    runtime: event.facts?.runtime ?? "subagent",
    status: "queued",
    label: null,
    task: null,
    requesterSessionKey: null,
    childSessionKey: null,
    parentRunId: null,
    parentTaskId: null,
    flowId: null,
    sourceId: null,
    taskKind: null,
    route: null,
    wantsCompletion: true,
    notify: event.facts?.notify ?? defaultNotify(event.facts?.runtime ?? "subagent"),
    createdAt: event.facts?.acceptedAt ?? event.timestamp,
    startedAt: null,
    endedAt: null,
    lastActivityAt: event.timestamp,
    lastProgressAt: event.timestamp,
    phase: null,
    blockReason: null,
    isReported: false,
    latestUpdate: null,
    nextAction: null,
    result: null,
    error: null,
    errorSummary: null,
    artifacts: [],
    usage: null,
    sessionId: null,
    attempts: [emptyAttempt(1)],
    delivery: null,
    update: null,
    updateText: null,
    host: null,
    missingSince: null,
    cancel: null,
    lateSignals: 0,
    updatedAt: event.timestamp,
  };
}

/** Of a runtime that only a newer version knows, the end is told. */
function defaultNotify(runtime: TaskRecord["runtime"]): TaskRecord["notify"] {
  return Object.hasOwn(DEFAULT_NOTIFY, runtime) ? DEFAULT_NOTIFY[runtime] : "done_only";
}

function emptyAttempt(attempt: number): TaskAttempt {
  return {
    attempt,
    worker: { kind: "session", sessionKey: null, agentId: null, model: null },
    runId: null,
    startedAt: null,
    endedAt: null,
    status: "queued",
  };
}

/** The work goes on under a new run id: what the last attempt had stays as it was. */
function anotherAttempt(record: TaskRecord, event: TaskEvent): TaskRecord {
  const last = record.attempts.length - 1;
  const attempts = record.attempts.map((attempt, index) =>
    index === last ? { ...attempt, status: "lost" as const, endedAt: record.missingSince ?? event.timestamp } : attempt,
  );
  const next = { ...emptyAttempt(attempts.length + 1), status: "running" as const, startedAt: event.timestamp };
  return described({ ...record, status: "running", missingSince: null, attempts: [...attempts, next] }, event);
}

function stepped(record: TaskRecord, event: TaskEvent, isReport: boolean): TaskRecord {
  const step: TaskStep = event.step ?? {};
  const phase = step.phase === undefined ? record.phase : step.phase;
  const staysReported = isReport || (record.isReported && step.phase === undefined);
  return {
    ...record,
    phase,
    blockReason:
      step.blockReason !== undefined ? step.blockReason : step.phase === undefined ? record.blockReason : null,
    isReported: staysReported,
    latestUpdate: step.update ?? record.latestUpdate,
    nextAction: step.nextAction ?? (step.phase === undefined ? record.nextAction : null),
    artifacts: [...new Set([...record.artifacts, ...(step.artifacts ?? [])])].slice(-MAX_TASK_ARTIFACTS),
  };
}

function described(record: TaskRecord, event: TaskEvent): TaskRecord {
  const facts: TaskFacts = event.facts ?? {};
  const attempt = record.attempts[record.attempts.length - 1];
  const runtime = facts.runtime ?? record.runtime;
  const worker = {
    kind: Object.hasOwn(WORKER_KIND, runtime) ? WORKER_KIND[runtime] : "session",
    sessionKey: attempt?.worker.sessionKey ?? facts.childSessionKey ?? null,
    agentId: attempt?.worker.agentId ?? facts.agentId ?? null,
    model: attempt?.worker.model ?? facts.model ?? null,
  };
  const next = {
    ...record,
    runtime,
    notify: facts.notify ?? (runtime === record.runtime ? record.notify : defaultNotify(runtime)),
    names: [...new Set([...record.names, ...(event.names ?? [])])],
    label: record.label ?? facts.label ?? null,
    task: record.task ?? facts.task ?? null,
    requesterSessionKey: record.requesterSessionKey ?? facts.requesterSessionKey ?? null,
    childSessionKey: record.childSessionKey ?? facts.childSessionKey ?? null,
    parentRunId: record.parentRunId ?? facts.parentRunId ?? null,
    parentTaskId: record.parentTaskId ?? facts.parentTaskId ?? null,
    flowId: record.flowId ?? facts.flowId ?? null,
    sourceId: record.sourceId ?? facts.sourceId ?? null,
    taskKind: record.taskKind ?? facts.taskKind ?? null,
    sessionId: record.sessionId ?? facts.sessionId ?? null,
    usage: facts.usage ?? record.usage,
    route: record.route ?? facts.route ?? null,
    wantsCompletion: record.wantsCompletion && facts.wantsCompletion !== false,
    ...(facts.isPrivate === true ? { isPrivate: true as const } : {}),
  };
  return withAttempt(next, { worker, runId: attempt?.runId ?? facts.runId ?? null });
}

function withAttempt(record: TaskRecord, change: Partial<TaskAttempt>): TaskRecord {
  const last = record.attempts.length - 1;
  return {
    ...record,
    attempts: record.attempts.map((attempt, index) => (index === last ? { ...attempt, ...change } : attempt)),
  };
}

function ended(record: TaskRecord, event: TaskEvent): TaskRecord {
  const status = event.ending?.status ?? "lost";
  const endedAt = event.ending?.endedAt ?? event.timestamp;
  const endState = {
    status,
    endedAt,
    lastActivityAt: event.timestamp,
    phase: null,
    blockReason: null,
    missingSince: null,
  };
  return withAttempt(withOutcome({ ...record, ...endState }, event), { status, endedAt });
}

function withOutcome(record: TaskRecord, event: TaskEvent): TaskRecord {
  const { ending } = event;
  const error = record.error ?? ending?.error ?? null;
  const replacement = ending?.supersedes === true ? ending.result : undefined;
  return {
    ...record,
    result: replacement ?? record.result ?? ending?.result ?? null,
    error,
    errorSummary: error === null ? null : plainLine(error, ERROR_SUMMARY_LENGTH),
  };
}

/** A second word about the end: it may add what the first one lacked, never change what was said. */
function late(record: TaskRecord, event: TaskEvent): TaskRecord {
  const { ending } = event;
  if (ending?.status === record.status) return withOutcome(record, event);
  const counted = { ...record, lateSignals: record.lateSignals + 1 };
  // That it was lost is a conclusion; what was seen of its end is kept beside it.
  return record.status === "lost" && ending !== undefined ? withLateResult(counted, ending, event.timestamp) : counted;
}

function withLateResult(record: TaskRecord, ending: TaskEnding, at: string): TaskRecord {
  const { lateResult: known, delivery } = record;
  if (known !== undefined && known.status !== ending.status) return record;
  const isToBeTold = delivery === null || delivery.state === "pending";
  return {
    ...record,
    lateResult: {
      status: ending.status,
      at: known?.at ?? ending.endedAt ?? at,
      result: known?.result ?? ending.result ?? null,
      error: known?.error ?? ending.error ?? null,
      toldWithout: known?.toldWithout ?? (isToBeTold ? 0 : delivery.generation),
    },
  };
}

export function isTerminalTask(task: TaskRecord): boolean {
  return TERMINAL_TASK_STATUSES.includes(task.status);
}
