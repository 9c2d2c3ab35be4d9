import {
  formatMicros,
  type HostDelivery,
  LOST_AFTER_MS,
  type TaskEnding,
  type TerminalTaskStatus,
} from "../../../registry-helper/internal.ts";
import type { HostTaskRow } from "../../host/actions/host-task-row.ts";
import type { HostEvent } from "../../host/events/host-events.ts";
import { HANDED_OVER } from "./media-adapter.ts";
import { cronName, hostName, type ObservedSignal, processName, runName, sessionName } from "./signals.ts";

/** The host says so of work whose process is gone; it may go on with a run of the command line by itself. */
const INTERRUPTED = /process exited before restart/i;
/** How the host's own turn begins that goes on with what a restart interrupted. */
const RECOVERY_PROMPT = /^\[System\] Your previous turn was interrupted/i;
/** Words of the host for a result that it has nothing more to do with. */
const SETTLED = new Set(["delivered", "session_queued", "not_applicable"]);
/** Told this long after the end, an end is dated back: nobody saw it when it happened. */
const BACKDATE_AFTER_MS = 60_000;
/** A result that the host kept to itself for this long is no news any more: a person decides whether it is sent. */
const STALE_AFTER_MS = 30 * 60_000;

/** What the host's ledger adds to the other sources, live and when both ledgers are compared. */
export function hostRowSignals(event: HostEvent): ObservedSignal[] {
  if (event.kind !== "host_row" || event.row.isSystem) return [];
  const { row } = event;
  const isInterrupted = row.status === "cancelled" && INTERRUPTED.test(row.error ?? "");
  const isActive = row.status === "queued" || row.status === "running";
  const ending = isActive ? undefined : findEnding(event, isInterrupted);
  const isOld = ending?.endedAt !== undefined;
  return [
    {
      source: "host_row",
      names: listNames(row),
      facts: {
        ...getFacts(event),
        ...(isOld && row.createdAt !== undefined ? { acceptedAt: formatMicros(row.createdAt * 1000) } : {}),
      },
      host: { taskId: row.hostTaskId, status: row.status, delivery: row.deliveryStatus ?? null },
      mayCreate: true,
      ...(row.status === "running" || (ending !== undefined && !isOld) ? { started: true } : {}),
      ...(isActive ? { isBacked: true } : ending === undefined ? { isBacked: false } : {}),
      ...(ending === undefined ? {} : { ending }),
      ...(isOld ? settledBefore(row) : {}),
      ...(RECOVERY_PROMPT.test(row.task ?? row.title ?? "") ? { isRecovery: true } : {}),
      ...(row.createdAt === undefined ? {} : { acceptedAt: row.createdAt }),
    },
  ];
}

/** What the host did with the result of work that ended while nobody of ours looked. */
function settledBefore(row: HostTaskRow): Pick<ObservedSignal, "settledBefore"> {
  if (SETTLED.has(row.deliveryStatus ?? ""))
    return { settledBefore: { state: "delivered", reason: "settled by the host before ClawTask heard of it" } };
  if (!endedBefore(row, STALE_AFTER_MS)) return {};
  return {
    settledBefore: { state: "unknown", reason: "it ended while ClawTask did not run, and the host did not deliver it" },
  };
}

function endedBefore({ endedAt }: HostTaskRow, ms: number): boolean {
  return endedAt !== undefined && Date.now() - endedAt > ms;
}

function listNames(row: HostTaskRow): string[] {
  const names = [hostName(row.hostTaskId)];
  if (row.cronJobId !== undefined && row.cronRunAtMs !== undefined)
    names.push(cronName(row.cronJobId, row.cronRunAtMs));
  else if (row.runtime === "exec" && row.sourceId !== undefined) names.push(processName(row.sourceId));
  else if (row.runId !== undefined) names.push(runName(row.runId));
  // A run of the command line works in a session that others use too; so does a media job.
  const hasOwnSession = row.runtime === "subagent" || row.runtime === "acp" || row.runtime === "cron";
  if (hasOwnSession && row.childSessionKey !== undefined) names.push(sessionName(row.childSessionKey));
  return names;
}

/**
 * Live rows cut what hooks tell whole. Of work that a plugin started, no hook tells: its row names it in the end.
 */
function isReportedByHooks({ row, isLive }: Extract<HostEvent, { kind: "host_row" }>): boolean {
  const isRunning = row.status === "queued" || row.status === "running";
  return isLive && isRunning && (row.runtime === "subagent" || row.runtime === "acp");
}

function getFacts(event: Extract<HostEvent, { kind: "host_row" }>): ObservedSignal["facts"] {
  const { row, route } = event;
  const facts = {
    runtime: row.runtime,
    label: row.label ?? (isReportedByHooks(event) ? undefined : row.title),
    task: row.task,
    requesterSessionKey: row.requesterSessionKey,
    childSessionKey: row.childSessionKey,
    agentId: row.agentId,
    sourceId: row.cronJobId ?? row.sourceId,
    taskKind: row.runtime === "media" ? row.taskKind : undefined,
    runId: row.runId,
    route: row.route ?? route,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/**
 * How the row says that it ended; undefined when that is not for the row to say: a cron run's end and delivery are
 * told together by its own event, and an interrupted run of the command line may go on.
 */
function findEnding(event: Extract<HostEvent, { kind: "host_row" }>, isInterrupted: boolean): TaskEnding | undefined {
  const { row, isLive, result } = event;
  if (row.runtime === "cron" && isLive) return undefined;
  if (isInterrupted && row.runtime === "cli" && !endedBefore(row, LOST_AFTER_MS)) return undefined;
  const status = isInterrupted ? "lost" : (row.status as TerminalTaskStatus);
  const words = result ?? resultIn(row);
  const hostDelivery = event.hostDelivery ?? deliveryIn(row);
  const isOld = endedBefore(row, BACKDATE_AFTER_MS);
  return {
    status,
    ...(words === undefined || status !== "succeeded" ? {} : { result: words }),
    ...(row.error === undefined || status === "succeeded" ? {} : { error: row.error }),
    ...(hostDelivery === undefined ? {} : { hostDelivery }),
    ...(isOld && row.endedAt !== undefined ? { endedAt: formatMicros(row.endedAt * 1000) } : {}),
  };
}

/** Rows of subagents and command-line runs carry at most the beginning of the result: others tell it whole. */
function resultIn(row: HostTaskRow): string | undefined {
  return row.runtime === "exec" || row.runtime === "media" || row.runtime === "cron" ? row.terminalSummary : undefined;
}

/** A media job ends only once the host has handed its product over, or has given that up. */
function deliveryIn(row: HostTaskRow): HostDelivery | undefined {
  if (row.runtime !== "media" || row.status === "cancelled") return undefined;
  if (row.terminalOutcome === "blocked") return { state: "failed", reason: row.terminalSummary ?? "not delivered" };
  // A job that vanished with its gateway has handed over nothing.
  if (row.status !== "succeeded" && row.status !== "failed")
    return { state: "failed", reason: "it was lost before anything could be handed over" };
  return HANDED_OVER;
}
