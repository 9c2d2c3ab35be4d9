import type { DeliveryRoute } from "../../../registry-helper/internal.ts";
import { readRoute } from "../parse-route.ts";
import { type HostRecord, numberIn, recordIn, textIn } from "../untyped-fields.ts";

export type HostRuntime = "subagent" | "acp" | "cron" | "cli" | "exec" | "media";
export type HostTaskStatus = "queued" | "running" | "succeeded" | "failed" | "timed_out" | "cancelled" | "lost";

/**
 * A row of the host's own task ledger. Four windows show it (`task` broadcast and `tasks.list`, `tasks.get`,
 * the in-process view, `openclaw tasks list --json`) and each leaves something out: undefined means that this
 * window does not tell.
 */
export interface HostTaskRow {
  readonly hostTaskId: string;
  readonly runtime: HostRuntime;
  /** The host's own finer kind, e.g. `automation_run` or `image_generation`. */
  readonly taskKind: string | undefined;
  /** Job id of an automation, process name of a command, run id of everything else. */
  readonly sourceId: string | undefined;
  readonly runId: string | undefined;
  readonly childSessionKey: string | undefined;
  /** Who asked; undefined for automations, which belong to nobody's session. */
  readonly requesterSessionKey: string | undefined;
  readonly agentId: string | undefined;
  readonly label: string | undefined;
  /** What was asked for, in full. */
  readonly task: string | undefined;
  /** Label or task in one line; broadcasts have only this, cut at 80 characters. */
  readonly title: string | undefined;
  readonly status: HostTaskStatus;
  readonly deliveryStatus: string | undefined;
  readonly notifyPolicy: string | undefined;
  /** Epoch milliseconds, like all times here. */
  readonly createdAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly lastEventAt: number | undefined;
  readonly error: string | undefined;
  /** Holds the result of a subagent that succeeded. Cut at 120 characters in broadcasts, like all texts there. */
  readonly progressSummary: string | undefined;
  readonly terminalSummary: string | undefined;
  /** `blocked`: the work is done, and nobody could be told. */
  readonly terminalOutcome: string | undefined;
  /** The whole result; only where one task is asked for. */
  readonly result: string | undefined;
  /** The newest thing that the work did; while it runs, in broadcasts. */
  readonly lastActivity: string | undefined;
  readonly parentTaskId: string | undefined;
  readonly flowId: string | undefined;
  readonly cronJobId: string | undefined;
  /** When the run of the automation was due; with the job id its natural key. */
  readonly cronRunAtMs: number | undefined;
  /** The host's own housekeeping, as far as the row tells (`cron-jobs.ts` knows the jobs themselves). */
  readonly isSystem: boolean;
  /** Where an automation's result went. */
  readonly route: DeliveryRoute | undefined;
}

const RUNTIMES: Readonly<Record<string, HostRuntime>> = { subagent: "subagent", acp: "acp", cron: "cron", cli: "cli" };
const MEDIA_KINDS = new Set(["image_generation", "video_generation", "music_generation"]);
/** The in-process view tells no kind; the run id does. */
const MEDIA_RUN = /^tool:(?:image|video|music)_generate:/;
const EXEC_RUN = /^exec:/;
const STATUSES: Readonly<Record<string, HostTaskStatus>> = {
  queued: "queued",
  running: "running",
  succeeded: "succeeded",
  completed: "succeeded",
  failed: "failed",
  timed_out: "timed_out",
  cancelled: "cancelled",
  lost: "lost",
};
/** Automations and work that the host makes for itself. */
const SYSTEM_JOB_NAME = /^(?:heartbeat|skill-collection-review)-|^Memory Dreaming /;
const SYSTEM_KIND = "context_engine_turn_maintenance";

/** Reads a row in any of its shapes; undefined for anything that is none. */
export function readHostTaskRow(value: unknown): HostTaskRow | undefined {
  const row = recordIn(value);
  const hostTaskId = textIn(row, "taskId") ?? textIn(row, "id");
  const runtime = parseRuntime(row);
  const status = parseStatus(row);
  if (hostTaskId === undefined || runtime === undefined || status === undefined) return undefined;
  const taskKind = parseKind(row);
  const label = textIn(row, "label");
  const title = textIn(row, "title");
  const task = textIn(row, "task") ?? textIn(row, "prompt") ?? (isInProcessView(row) ? title : undefined);
  const cron = runtime === "cron";
  return {
    hostTaskId,
    runtime,
    taskKind,
    sourceId: textIn(row, "sourceId"),
    runId: textIn(row, "runId"),
    childSessionKey: textIn(row, "childSessionKey"),
    requesterSessionKey: textIn(row, "requesterSessionKey") ?? textIn(row, "sessionKey"),
    agentId: textIn(row, "agentId"),
    label,
    task,
    title: label ?? title ?? task,
    status,
    deliveryStatus: textIn(row, "deliveryStatus"),
    notifyPolicy: textIn(row, "notifyPolicy"),
    createdAt: numberIn(row, "createdAt"),
    startedAt: numberIn(row, "startedAt"),
    endedAt: numberIn(row, "endedAt"),
    lastEventAt: numberIn(row, "lastEventAt") ?? numberIn(row, "updatedAt"),
    error: textIn(row, "error"),
    progressSummary: textIn(row, "progressSummary"),
    terminalSummary: textIn(row, "terminalSummary"),
    terminalOutcome: textIn(row, "terminalOutcome"),
    result: textIn(row, "result"),
    lastActivity: textIn(row, "lastActivity"),
    parentTaskId: textIn(row, "parentTaskId"),
    flowId: textIn(row, "parentFlowId") ?? textIn(row, "flowId"),
    cronJobId: cron ? textIn(row, "sourceId") : undefined,
    cronRunAtMs: cron ? parseRunAt(row) : undefined,
    isSystem: taskKind === SYSTEM_KIND || (cron && SYSTEM_JOB_NAME.test(label ?? title ?? "")),
    route: cron ? parseRoute(row) : undefined,
  };
}

/** A `task` broadcast. `everything` means that the host's ledger was read anew: list it again. */
export type HostTaskEvent =
  | { readonly kind: "row"; readonly row: HostTaskRow }
  | { readonly kind: "deleted"; readonly hostTaskId: string }
  | { readonly kind: "everything" };

export function readTaskEvent(payload: unknown): HostTaskEvent | undefined {
  const event = recordIn(payload);
  const action = textIn(event, "action");
  if (action === "restored") return { kind: "everything" };
  if (action === "deleted") {
    const hostTaskId = textIn(event, "taskId");
    return hostTaskId === undefined ? undefined : { kind: "deleted", hostTaskId };
  }
  const row = action === "upserted" ? readHostTaskRow(event["task"]) : undefined;
  return row === undefined ? undefined : { kind: "row", row };
}

/** `kind` of a broadcast is the runtime where there is no finer one. */
function parseKind(row: HostRecord): string | undefined {
  const kind = textIn(row, "taskKind") ?? textIn(row, "kind");
  return kind === textIn(row, "runtime") ? undefined : kind;
}

function parseRuntime(row: HostRecord): HostRuntime | undefined {
  const runtime = RUNTIMES[textIn(row, "runtime") ?? ""];
  if (runtime !== "cli") return runtime;
  const kind = parseKind(row);
  const runId = textIn(row, "runId") ?? "";
  if (kind === "exec" || EXEC_RUN.test(runId)) return "exec";
  return MEDIA_KINDS.has(kind ?? "") || MEDIA_RUN.test(runId) ? "media" : "cli";
}

/** Broadcasts call a lost task failed; only its execution, which nobody knows of, sets it apart. */
function parseStatus(row: HostRecord): HostTaskStatus | undefined {
  const status = STATUSES[textIn(row, "status") ?? ""];
  const execution = textIn(recordIn(row["execution"]), "state");
  return status === "failed" && execution === "unknown" ? "lost" : status;
}

function isInProcessView(row: HostRecord): boolean {
  return textIn(row, "scope") !== undefined && row["execution"] === undefined;
}

/** `cron:<jobId>:<runAtMs>:...`, else what the row's details or its time of creation say: they are the same. */
function parseRunAt(row: HostRecord): number | undefined {
  const prefix = `cron:${textIn(row, "sourceId") ?? ""}:`;
  const runId = textIn(row, "runId") ?? "";
  const digits = runId.startsWith(prefix) ? /^\d+/.exec(runId.slice(prefix.length))?.[0] : undefined;
  if (digits !== undefined) return Number(digits);
  return numberIn(recordIn(row["detail"]), "runAtMs") ?? numberIn(row, "createdAt");
}

function parseRoute(row: HostRecord): DeliveryRoute | undefined {
  const delivery = recordIn(recordIn(row["detail"])["delivery"]);
  return [delivery["resolved"], delivery["intended"]]
    .map((route) => readRoute(route, undefined))
    .find((route) => route !== undefined && route.channel !== "last");
}
