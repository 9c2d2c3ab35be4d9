import { LOST_SHOWN_FOR } from "../../model/attention-item.ts";
import { type Remedy, START_GATEWAY, suggest, type SuggestedCommand } from "../../model/remedy.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { isTerminalTask } from "./evolve.ts";
import { derivePhase, STALE_QUEUED_AFTER_MS } from "./phase.ts";

/** What is found about tasks and the ledger. */
export const LEDGER_FINDING_CODES = [
  "stale_queued",
  "stale_running",
  "missing_backing",
  "lost",
  "delivery_failed",
  "delivery_ambiguous",
  "delivery_overdue",
  "inconsistent_times",
  "orphaned_link",
  "host_disagrees",
  "damaged_line",
  "unanswered_cancel",
] as const;
/** What is found about runs, their nodes and flows, besides the codes that tasks have, too. */
export const WORK_FINDING_CODES = [
  "run_unreadable",
  "run_blocked",
  "run_conflict",
  "node_failed",
  "flow_blocked",
  "flow_resume_due",
  "past_deadline",
  "running_without_heartbeat",
  "claim_expired",
  "stranded_ready",
  "stale_blocked",
  "stale_waiting",
] as const;
export const FINDING_CODES = [...LEDGER_FINDING_CODES, ...WORK_FINDING_CODES] as const;
export type FindingCode = (typeof FINDING_CODES)[number];
/** The worst first. */
export const SEVERITIES = ["error", "warn", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Something that is not as it should be, and the command that repairs it. */
export interface Finding {
  code: FindingCode;
  severity: Severity;
  /** Null when it is about a file, a flow or a run. */
  taskId: string | null;
  flowId?: string;
  runId?: string;
  nodeId?: string;
  what: string;
  remedy: Remedy;
}

/** A request to cancel, or a delivery that is due, is answered within seconds while a gateway runs. */
export const UNANSWERED_AFTER_MS = 2 * 60_000;

/** What the host's ledger calls work that goes on; everything else is an end. */
const HOST_OPEN = ["queued", "running", "pending"];

/** What is to be found on one task, as long as it goes on or is owed to somebody. Pure. */
export function listFindings(task: TaskRecord, now: Micros): Finding[] {
  const found = [
    ...(isTerminalTask(task) ? listEndedTaskFindings(task, now) : listOpenTaskFindings(task, now)),
    hostFinding(task),
  ];
  return found.filter((finding) => finding !== undefined);
}

function finding(
  { taskId }: TaskRecord,
  code: FindingCode,
  severity: Severity,
  what: string,
  command: SuggestedCommand,
): Finding {
  return { code, severity, taskId, what, remedy: { commands: [command] } };
}

function listOpenTaskFindings(task: TaskRecord, now: Micros): (Finding | undefined)[] {
  const { stalledSince } = derivePhase(task, now);
  const show = suggest("tasks show", task.taskId, "--context");
  const isStaleQueued = task.status === "queued" && isOlder(task.createdAt, STALE_QUEUED_AFTER_MS, now);
  const isUnanswered = task.cancel?.outcome === "asked" && isOlder(task.cancel.requestedAt, UNANSWERED_AFTER_MS, now);
  return [
    isStaleQueued
      ? finding(
          task,
          "stale_queued",
          "warn",
          `accepted at ${task.createdAt} and never started`,
          suggest("tasks cancel", task.taskId),
        )
      : undefined,
    stalledSince === null
      ? undefined
      : finding(task, "stale_running", "warn", `it has made no step forward since ${stalledSince}`, show),
    task.missingSince === null
      ? undefined
      : finding(
          task,
          "missing_backing",
          "warn",
          `nothing has been seen working on it since ${task.missingSince}`,
          show,
        ),
    isUnanswered
      ? finding(task, "unanswered_cancel", "warn", "no gateway has taken up the request to cancel it", START_GATEWAY)
      : undefined,
  ];
}

function listEndedTaskFindings(task: TaskRecord, now: Micros): (Finding | undefined)[] {
  const { delivery } = task;
  const why = delivery?.reason ?? "no reason is known";
  const isNewlyLost =
    task.status === "lost" &&
    delivery?.state !== "dismissed" &&
    !isOlder(task.endedAt ?? task.updatedAt, LOST_SHOWN_FOR / 1000, now);
  return [
    isNewlyLost
      ? finding(
          task,
          "lost",
          "warn",
          task.errorSummary ?? "nothing works on it any more",
          suggest("tasks dismiss", task.taskId),
        )
      : undefined,
    delivery?.state === "failed"
      ? finding(
          task,
          "delivery_failed",
          "error",
          `its result was not delivered: ${why}`,
          suggest("tasks retry", task.taskId),
        )
      : undefined,
    delivery?.state === "ambiguous"
      ? finding(
          task,
          "delivery_ambiguous",
          "warn",
          `nobody knows whether its result arrived: ${why}; retry sends it (again), tasks dismiss closes the matter`,
          suggest("tasks retry", task.taskId),
        )
      : undefined,
    isOverdue(task, now)
      ? finding(
          task,
          "delivery_overdue",
          "error",
          `its result should have been delivered by ${delivery?.deadlineAt ?? ""}; no gateway acts on this registry`,
          START_GATEWAY,
        )
      : undefined,
  ];
}

function isOverdue({ delivery }: TaskRecord, now: Micros): boolean {
  if (delivery?.state !== "pending" && delivery?.state !== "sending") return false;
  return isOlder(delivery.deadlineAt, UNANSWERED_AFTER_MS, now);
}

/** The host's own ledger against ours. What somebody dismissed is settled, whatever the host says. */
function hostFinding(task: TaskRecord): Finding | undefined {
  const { host } = task;
  if (host === null || task.delivery?.state === "dismissed") return undefined;
  const isHostRowOpen = HOST_OPEN.includes(host.status);
  if (isTerminalTask(task) && host.status !== task.status) {
    const what = `we say ${task.status}, the host's row ${host.taskId} says ${host.status}`;
    return finding(task, "host_disagrees", "warn", what, suggest("tasks dismiss", task.taskId));
  }
  if (isTerminalTask(task) || isHostRowOpen) return undefined;
  const what = `the host's row ${host.taskId} says ${host.status}, we say ${task.status}; a running gateway ends it`;
  return finding(task, "host_disagrees", "warn", what, START_GATEWAY);
}

function isOlder(timestamp: string, ms: number, now: Micros): boolean {
  return now - (parseMicros(timestamp) ?? now) >= ms * 1000;
}
