import type { Host } from "./openclaw-host.ts";
import { until } from "./until.ts";

/** What the host calls the kinds of detached work. */
export type HostRuntime = "subagent" | "acp" | "cron" | "cli";
/** What the host calls the states of detached work. */
export type HostStatus = "queued" | "running" | "succeeded" | "failed" | "timed_out" | "cancelled" | "lost";

/** A row of the host's own ledger, as `openclaw tasks list --json` prints it. Fields that do not apply are missing. */
export interface HostTaskRow {
  readonly taskId: string;
  readonly runtime: HostRuntime;
  /** Splits `cli` and `cron`: `exec`, `image_generation`, `automation_run` …; a run of `openclaw agent` has none. */
  readonly taskKind?: string;
  /** Run id, cron job, process session or `<tool>:<provider>`, by kind. */
  readonly sourceId?: string;
  /** Empty for cron. */
  readonly requesterSessionKey: string;
  /** Empty for cron. */
  readonly ownerKey: string;
  readonly scopeKind: "session" | "system";
  readonly childSessionKey?: string;
  readonly parentFlowId?: string;
  readonly agentId?: string;
  readonly requesterAgentId?: string;
  readonly runId?: string;
  /** Name of the child, the job, the command or the kind of media; a run of `openclaw agent` has none. */
  readonly label?: string;
  readonly task: string;
  readonly status: HostStatus;
  readonly deliveryStatus?: string;
  readonly notifyPolicy?: string;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly lastEventAt?: number;
  readonly error?: string;
  readonly progressSummary?: string;
  readonly terminalSummary?: string;
  /** `blocked`: done, but nobody could be told. */
  readonly terminalOutcome?: string;
  /** Who runs it, for a run of `openclaw agent`: the gateway's process. */
  readonly executionOwner?: { readonly host: string; readonly pid: number };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Answer to an attempt to cancel. The command's exit code is 0 either way. */
export interface CancelAnswer {
  readonly cancelled: boolean;
  readonly text: string;
}

/** Which rows are meant. */
export interface HostTaskFilter {
  readonly runtime?: HostRuntime;
  readonly status?: HostStatus;
}

/** A row that is waited for. */
export interface WantedHostTask {
  /** In words; it stands in the error. */
  readonly what: string;
  readonly is: (row: HostTaskRow) => boolean;
  /** Milliseconds. */
  readonly deadlineMs: number;
}

/** Milliseconds between two looks; only a changed ledger costs more than a question to the gateway. */
const POLL_INTERVAL_MS = 500;
/** How long a gateway that starts may keep the ledger to itself, in milliseconds. */
const BUSY_MS = 60_000;
/** Milliseconds after which the command is run in any case: the gateway's view leaves out fields that may change. */
const FRESH_MS = 10_000;
/** The most that the gateway shows at once. */
const PAGE_ROWS = 500;
const OPEN: ReadonlySet<HostStatus> = new Set(["queued", "running"]);

/** What `openclaw tasks list` last printed, and the gateway's view of the ledger just before. */
const lastLooks = new WeakMap<Host, { readonly seen: string; readonly at: number; readonly rows: HostTaskRow[] }>();

/**
 * The host's own record, newest first. Works without a gateway, but is not a mere look then: the command itself
 * closes rows whose process is gone. The command takes seconds of a processor, so that it is run only when the gateway
 * (which shows less of each row) says that something has changed.
 */
export async function hostTasks(host: Host, { runtime, status }: HostTaskFilter = {}): Promise<HostTaskRow[]> {
  const seen = await viewOfGateway(host);
  const last = lastLooks.get(host);
  const isFresh = last !== undefined && seen === last.seen && performance.now() - last.at < FRESH_MS;
  let rows = isFresh ? last.rows : undefined;
  if (rows === undefined) {
    rows = (await until(() => listed(host), { what: "the host's ledger to be free", deadlineMs: BUSY_MS })).tasks;
    if (seen !== undefined) lastLooks.set(host, { seen, at: performance.now(), rows });
  }
  return rows.filter((row) => (runtime ?? row.runtime) === row.runtime && (status ?? row.status) === row.status);
}

/** Undefined without a gateway that answers, and for a ledger of more than one page. */
async function viewOfGateway(host: Host): Promise<string | undefined> {
  try {
    const page = (await host.ask("tasks.list", { limit: PAGE_ROWS })) as { tasks: unknown[]; nextCursor?: string };
    return page.nextCursor === undefined ? JSON.stringify(page.tasks) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined while a gateway that starts keeps the ledger to itself. */
async function listed(host: Host): Promise<{ tasks: HostTaskRow[] } | undefined> {
  try {
    return (await host.cliJson(["tasks", "list"])) as { tasks: HostTaskRow[] };
  } catch (error) {
    if (String(error).includes("another OpenClaw process owns state-lifecycle")) return undefined;
    throw error;
  }
}

/** Waits for a row; the error shows all of them. */
export async function hostTaskThat(host: Host, { what, is, deadlineMs }: WantedHostTask): Promise<HostTaskRow> {
  let rows: HostTaskRow[] = [];
  const found = async (): Promise<HostTaskRow | undefined> => {
    rows = await hostTasks(host);
    return rows.find(is);
  };
  const explain = (): string => JSON.stringify(rows, null, 1);
  return until(found, { what: `a row of the host: ${what}`, deadlineMs, everyMs: POLL_INTERVAL_MS, explain });
}

/** True once the host changes nothing about the row by itself. */
export function hasEnded(row: HostTaskRow): boolean {
  return !OPEN.has(row.status);
}

/** Cancels by task id, run id or session key, as an operator does. */
export async function cancelHostTask(host: Host, lookup: string): Promise<CancelAnswer> {
  const { stdout, stderr } = await host.cli(["tasks", "cancel", lookup]);
  const text = `${stdout}${stderr}`.trim();
  return { cancelled: /^Cancelled /m.test(text), text };
}
