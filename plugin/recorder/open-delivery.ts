import {
  type DeliveryRecord,
  parseMicros,
  plainText,
  type RunState,
  type TaskRecord,
} from "../../registry-helper/index.ts";

/** A result that is not with its requester yet, with all that the outbox needs to know of it. */
export interface OpenDelivery {
  owner: { kind: "task" | "run"; id: string };
  delivery: DeliveryRecord;
  /** What the person will recognize the work by. */
  title: string;
  /** How it ended, as the record says. */
  status: string;
  /** The result or the error, capped; null when there is none. */
  body: string | null;
  /** Epoch milliseconds. */
  endedAt: number;
  /** Since when nothing of it goes on any more, in epoch ms; null while children of a child still work. */
  quietSince: number | null;
  /** Sessions whose own words may tell the requester. */
  tellers: string[];
  /** Of a task: the host's names for it. */
  childSessionKey: string | null;
  hostRunId: string | null;
}

/** Longest body that travels to the outbox; the notice itself is shorter. */
const BODY_LENGTH = 4_000;

const isOpen = (delivery: DeliveryRecord | null | undefined): delivery is DeliveryRecord =>
  delivery?.state === "pending" || delivery?.state === "sending";

const msOf = (timestamp: string | null): number => Math.floor((parseMicros(timestamp) ?? 0) / 1000);

/** @param quietSince as in the result; when the work ended, unless something below it goes on */
export function openDeliveryOfTask(task: TaskRecord, quietSince?: number | null): OpenDelivery | undefined {
  if (!isOpen(task.delivery)) return undefined;
  const text = task.result ?? task.error;
  return {
    owner: { kind: "task", id: task.taskId },
    delivery: task.delivery,
    title: task.label ?? task.task?.split("\n")[0] ?? task.taskId,
    status: task.status,
    body: text === null ? null : plainText(text, BODY_LENGTH),
    endedAt: msOf(task.endedAt),
    quietSince: quietSince === undefined ? msOf(task.endedAt) : quietSince,
    tellers: task.requesterSessionKey === null ? [] : [task.requesterSessionKey],
    childSessionKey: task.childSessionKey,
    hostRunId: task.attempts.at(-1)?.runId ?? null,
  };
}

/** @param report the text of the run's last report, when there is one */
export function openDeliveryOfRun(state: RunState, report: string | undefined): OpenDelivery | undefined {
  const { delivery } = state;
  if (!isOpen(delivery)) return undefined;
  const sessions = [state.sourceSessionKey, state.rootSessionKey, state.driverSessionKey];
  return {
    owner: { kind: "run", id: state.runId },
    delivery,
    title: state.title,
    status: state.status,
    body: report === undefined ? null : plainText(report, BODY_LENGTH),
    endedAt: msOf(delivery.plannedAt),
    quietSince: msOf(delivery.plannedAt),
    tellers: [...new Set(sessions.filter((key) => key !== null))],
    childSessionKey: null,
    hostRunId: null,
  };
}
