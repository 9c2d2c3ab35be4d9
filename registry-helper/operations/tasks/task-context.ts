import type { TaskStatusView } from "../../domain/task/status.ts";
import type { LateResult, TaskRecord } from "../../model/task-record.ts";

/** What a person or an agent needs to take the work up again. */
export interface TaskContext {
  asked: string | null;
  phase: string;
  lastProgress: string | null;
  nextAction: string | null;
  /** Since the last step forward. */
  quietMs: number;
  artifacts: string[];
  result: string | null;
  error: string | null;
  /** How it ended after it had been taken for lost. */
  lateResult: LateResult | null;
  attempts: {
    attempt: number;
    runId: string | null;
    model: string | null;
    status: string;
    from: string | null;
    to: string | null;
  }[];
  /** Where the work was done and what was said there: the host finds the transcript by agent and session id. */
  worker: { sessionKey: string | null; agentId: string | null; sessionId: string | null };
  requester: { sessionKey: string | null; route: TaskRecord["route"] };
}

export function getTaskContext(task: TaskRecord, view: TaskStatusView): TaskContext {
  return {
    asked: task.task,
    phase: view.phase,
    lastProgress: view.latestUpdate,
    nextAction: task.nextAction,
    quietMs: view.clocks.progressGapMs,
    artifacts: task.artifacts,
    result: task.result,
    error: task.error,
    lateResult: task.lateResult ?? null,
    attempts: task.attempts.map(({ attempt, runId, worker, status, startedAt, endedAt }) => ({
      attempt,
      runId,
      model: worker.model,
      status,
      from: startedAt,
      to: endedAt,
    })),
    worker: getWorker(task),
    requester: { sessionKey: task.requesterSessionKey, route: task.route },
  };
}

/** Who works on a task, or did last. */
export function getWorker(task: TaskRecord): TaskContext["worker"] {
  const last = task.attempts.at(-1);
  const sessionKey = last?.worker.sessionKey ?? task.childSessionKey;
  return {
    sessionKey,
    agentId: last?.worker.agentId ?? /^agent:([^:]+):/.exec(sessionKey ?? "")?.[1] ?? null,
    sessionId: task.sessionId,
  };
}
