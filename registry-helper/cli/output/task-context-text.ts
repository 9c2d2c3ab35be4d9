import type { TaskStatusView } from "../../domain/task/status.ts";
import { formatLargestUnit } from "../../model/duration.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { wrap } from "./table.ts";
import { routeText } from "./task-text.ts";

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
  const last = task.attempts.at(-1);
  const sessionKey = last?.worker.sessionKey ?? task.childSessionKey;
  return {
    asked: task.task,
    phase: view.phase,
    lastProgress: view.latestUpdate,
    nextAction: task.nextAction,
    quietMs: view.clocks.progressGapMs,
    artifacts: task.artifacts,
    result: task.result,
    error: task.error,
    attempts: task.attempts.map(({ attempt, runId, worker, status, startedAt, endedAt }) => ({
      attempt,
      runId,
      model: worker.model,
      status,
      from: startedAt,
      to: endedAt,
    })),
    worker: {
      sessionKey,
      agentId: last?.worker.agentId ?? /^agent:([^:]+):/.exec(sessionKey ?? "")?.[1] ?? null,
      sessionId: task.sessionId,
    },
    requester: { sessionKey: task.requesterSessionKey, route: task.route },
  };
}

export function contextText(context: TaskContext): string {
  const { worker, requester } = context;
  const idleText = context.quietMs > 0 ? `, ${formatLargestUnit(context.quietMs)} ago` : "";
  const transcript =
    worker.sessionId === null
      ? `agent ${worker.agentId ?? "?"}; its session id is not known`
      : `agent ${worker.agentId ?? "?"}, session id ${worker.sessionId}`;
  const part = (title: string, lines: readonly (string | null)[]): string[] => {
    const present = lines.filter((line) => line !== null && line !== "").map((line) => wrap(line ?? "", "  "));
    return present.length === 0 ? [] : [title, ...present];
  };
  const lines = [
    "to take it up again",
    ...part("where it stands", [
      `${context.phase}${idleText}`,
      context.lastProgress,
      context.nextAction === null ? null : `next: ${context.nextAction}`,
    ]),
    ...part("attempts", context.attempts.map(attemptText)),
    ...part("artifacts", context.artifacts),
    ...part("session", [worker.sessionKey]),
    ...part("transcript", [transcript]),
    ...part("requester", [requester.sessionKey, routeText(requester.route)]),
  ];
  return `${lines.join("\n")}\n`;
}

function attemptText({ attempt, runId, model, status, from, to }: TaskContext["attempts"][number]): string {
  const by = [runId === null ? null : `host run ${runId}`, model].filter(Boolean).join(", ");
  return `${attempt}: ${status}${by === "" ? "" : ` (${by})`}, ${from ?? "not started"} to ${to ?? "now"}`;
}
