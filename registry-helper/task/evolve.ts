import { evolveDelivery, isDeliveryEvent } from "../delivery/evolve.ts";
import { plainLine } from "../model/plain-text.ts";
import type { TaskEvent, TaskFacts } from "../model/task-events.ts";
import { TERMINAL_TASK_STATUSES, type TaskAttempt, type TaskRecord } from "../model/task-record.ts";

/** Longest one-line form of an error. */
const ERROR_SUMMARY_LENGTH = 160;

/** Folds one event into a task. Pure. */
export function evolveTask(task: TaskRecord | undefined, event: TaskEvent): TaskRecord {
  const before = task ?? newTask(event);
  const record = { ...before, updatedAt: event.timestamp };
  if (isDeliveryEvent(event.event)) {
    const delivery = evolveDelivery(before.delivery, {
      name: event.event,
      timestamp: event.timestamp,
      change: event.delivery ?? {},
    });
    return { ...record, delivery };
  }
  switch (event.event) {
    case "task.created":
    case "task.described":
      return described({ ...record, lastActivityAt: event.timestamp }, event);
    case "task.started":
      return withAttempt(
        {
          ...record,
          status: "running",
          startedAt: record.startedAt ?? event.timestamp,
          lastActivityAt: event.timestamp,
        },
        { status: "running", startedAt: event.timestamp },
      );
    case "task.progressed":
      return { ...record, latestUpdate: event.update ?? null, lastActivityAt: event.timestamp };
    case "task.ended":
      return ended(record, event);
    case "task.late_signal":
      return late(record, event);
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
    route: null,
    wantsCompletion: true,
    createdAt: event.timestamp,
    startedAt: null,
    endedAt: null,
    lastActivityAt: event.timestamp,
    latestUpdate: null,
    result: null,
    error: null,
    errorSummary: null,
    attempts: [
      {
        attempt: 1,
        worker: { kind: "session", sessionKey: null, agentId: null, model: null },
        runId: null,
        startedAt: null,
        endedAt: null,
        status: "queued",
      },
    ],
    delivery: null,
    lateSignals: 0,
    updatedAt: event.timestamp,
  };
}

function described(record: TaskRecord, event: TaskEvent): TaskRecord {
  const facts: TaskFacts = event.facts ?? {};
  const attempt = record.attempts[record.attempts.length - 1];
  const runtime = facts.runtime ?? record.runtime;
  const worker = {
    kind: `${runtime}_session`,
    sessionKey: attempt?.worker.sessionKey ?? facts.childSessionKey ?? null,
    agentId: attempt?.worker.agentId ?? facts.agentId ?? null,
    model: attempt?.worker.model ?? facts.model ?? null,
  };
  const next = {
    ...record,
    runtime,
    names: [...new Set([...record.names, ...(event.names ?? [])])],
    label: record.label ?? facts.label ?? null,
    task: record.task ?? facts.task ?? null,
    requesterSessionKey: record.requesterSessionKey ?? facts.requesterSessionKey ?? null,
    childSessionKey: record.childSessionKey ?? facts.childSessionKey ?? null,
    parentRunId: record.parentRunId ?? facts.parentRunId ?? null,
    route: record.route ?? facts.route ?? null,
    wantsCompletion: record.wantsCompletion && facts.wantsCompletion !== false,
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
  const next = withOutcome({ ...record, status, endedAt: event.timestamp, lastActivityAt: event.timestamp }, event);
  return withAttempt(next, { status, endedAt: event.timestamp });
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
  if (event.ending?.status === record.status) return withOutcome(record, event);
  return { ...record, lateSignals: record.lateSignals + 1 };
}

export function isTerminalTask(task: TaskRecord): boolean {
  return TERMINAL_TASK_STATUSES.includes(task.status);
}
