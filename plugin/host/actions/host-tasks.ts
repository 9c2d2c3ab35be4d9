import { getErrorMessage } from "../../../registry-helper/internal.ts";
import { GatewayRequestError, type OutgoingRequest } from "../connection/gateway-requests.ts";
import type { PluginApi } from "../plugin-api.ts";
import { recordIn, textIn } from "../untyped-fields.ts";
import { type HostTaskRow, readHostTaskRow } from "./host-task-row.ts";

/** Most rows that the gateway gives in one answer. */
const PAGE_SIZE = 500;
/** Pages of 500 that are followed; the host keeps a week of rows. */
const MAX_PAGES = 40;
/** A list is void as soon as any task changes while it is paged through. */
const MAX_ATTEMPTS = 3;
/** Milliseconds between two tries when the gateway names no time. */
const RETRY_DELAY_MS = 250;
/** The host waits for a run to end before it says that it is cancelled, in milliseconds. */
const CANCEL_DEADLINE_MS = 20_000;

/**
 * The host's own words. Its scheduler tells the end of a cancelled run as an error with the reason alone: only
 * these words set it apart from a failure.
 */
const CANCELLED = "Cancelled by operator.";

/** What can be asked: the gateway's connection. */
export interface GatewayClient {
  readonly state: { readonly connected: boolean };
  request(request: OutgoingRequest): Promise<unknown>;
}

export interface HostTaskList {
  readonly rows: readonly HostTaskRow[];
  /** False when rows may be missing: a row that is not in such a list may well exist. */
  readonly complete: boolean;
}

/** What became of the request to cancel. */
export type CancelResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /**
       * - `over`: it had ended already
       * - `unknown_task`: the host has no such task (any more)
       * - `cannot`: the host has no way to stop this kind of work
       * - `offline`: nobody could be asked
       * - `unsure`: it was asked for, and no answer came
       * - `failed`: the host tried, or did not want to
       */
      readonly reason: "over" | "unknown_task" | "cannot" | "offline" | "unsure" | "failed";
      /** In the host's words. */
      readonly message: string;
    };

/** The host's words for work that it cannot stop (2026.9.6): media, main-session automations, foreign harnesses. */
const CANNOT = /no live run owner|no active cancellation handle|does not support cancellation|native harness/i;

/** The host's own ledger of detached work: read it, and cancel what stands in it. */
export class HostTasks {
  private readonly gateway: GatewayClient;
  private readonly api: () => PluginApi;

  /** The copy of the plugin API may be replaced by a reload: it is asked for each time. */
  constructor(access: { gateway: GatewayClient; api: () => PluginApi }) {
    this.gateway = access.gateway;
    this.api = access.api;
  }

  /**
   * The rows of everything that runs or waits (`open`), or of the last week (`all`). Without the connection
   * only what the given sessions asked for can be seen, and no automation.
   */
  async list(query: { only: "open" | "all"; sessionKeys: readonly string[] }): Promise<HostTaskList> {
    if (this.gateway.state.connected) {
      try {
        return await this.listAll(query.only);
      } catch (error) {
        if (!(error instanceof GatewayRequestError)) throw error;
      }
    }
    const lists = await Promise.all([...new Set(query.sessionKeys)].map((key) => this.listSession(key)));
    const rows = lists.flat().filter((row) => query.only === "all" || isOpen(row));
    return { rows: [...new Map(rows.map((row) => [row.hostTaskId, row])).values()], complete: false };
  }

  /** One row with its full task text and result; undefined when the host does not know the task (any more). */
  async get(hostTaskId: string): Promise<HostTaskRow | undefined> {
    try {
      const answer = await this.gateway.request({ method: "tasks.get", params: { taskId: hostTaskId } });
      return readHostTaskRow(recordIn(answer)["task"]);
    } catch (error) {
      if (error instanceof GatewayRequestError && error.refusal?.code === "INVALID_REQUEST") return undefined;
      throw error;
    }
  }

  /** The row behind a run of a session: a run without one is an ordinary turn. Needs no connection. */
  async resolveRun(run: { sessionKey: string; runId: string }): Promise<HostTaskRow | undefined> {
    const { async: tasks } = this.api().runtime.tasks;
    return readHostTaskRow(await tasks.runs.bindSession(toTaskOwner(run.sessionKey)).resolve(run.runId));
  }

  /** Stops a task. The requester is only needed while the connection is away. */
  async cancel(task: {
    hostTaskId: string;
    requesterSessionKey?: string | undefined;
    reason?: string | undefined;
  }): Promise<CancelResult> {
    try {
      return readCancelResult(await this.askToCancel(task));
    } catch (error) {
      const message = getErrorMessage(error);
      return { ok: false, reason: classifyFailure(error), message };
    }
  }

  private askToCancel(task: {
    hostTaskId: string;
    requesterSessionKey?: string | undefined;
    reason?: string | undefined;
  }): Promise<unknown> {
    const { hostTaskId: taskId, requesterSessionKey, reason } = task;
    if (this.gateway.state.connected || requesterSessionKey === undefined) {
      const params = { taskId, reason: reason === undefined ? CANCELLED : `${CANCELLED} ${reason}` };
      return this.gateway.request({ method: "tasks.cancel", params, timeoutMs: CANCEL_DEADLINE_MS });
    }
    const { tasks, config } = this.api().runtime;
    return tasks.runs.bindSession(toTaskOwner(requesterSessionKey)).cancel({ taskId, cfg: config.current() });
  }

  private async listAll(only: "open" | "all"): Promise<HostTaskList> {
    const rows = new Map<string, HostTaskRow>();
    for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
      if (await this.readPages(only, rows)) return { rows: [...rows.values()], complete: true };
    }
    return { rows: [...rows.values()], complete: false };
  }

  /** False when the host's ledger moved on in between; what was read so far is kept. */
  private async readPages(only: "open" | "all", rows: Map<string, HostTaskRow>): Promise<boolean> {
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const status = only === "open" ? { status: ["queued", "running"] } : {};
      const params = { limit: PAGE_SIZE, ...status, ...(cursor === undefined ? {} : { cursor }) };
      let answer: unknown;
      try {
        answer = await this.gateway.request({ method: "tasks.list", params });
      } catch (error) {
        if (!(error instanceof GatewayRequestError) || !mayBeTriedAgain(error, cursor)) throw error;
        await pause(error.refusal?.retryAfterMs ?? RETRY_DELAY_MS);
        return false;
      }
      const list = recordIn(answer);
      for (const row of readRows(list["tasks"])) rows.set(row.hostTaskId, row);
      cursor = textIn(list, "nextCursor");
      if (cursor === undefined) return true;
    }
    return false;
  }

  private async listSession(sessionKey: string): Promise<HostTaskRow[]> {
    const { async: tasks } = this.api().runtime.tasks;
    return readRows(await tasks.runs.bindSession(toTaskOwner(sessionKey)).list());
  }
}

function isOpen({ status }: HostTaskRow): boolean {
  return status === "queued" || status === "running";
}

function readRows(value: unknown): HostTaskRow[] {
  return Array.isArray(value) ? value.flatMap((row) => readHostTaskRow(row) ?? []) : [];
}

/** The in-process ledger is shown to an owner: the session, and the agent whose session it is. */
function toTaskOwner(sessionKey: string): { sessionKey: string; agentId?: string } {
  const agentId = /^agent:([^:]+):/.exec(sessionKey)?.[1];
  return { sessionKey, ...(agentId === undefined ? {} : { agentId }) };
}

/** A stale cursor comes as an invalid request; a ledger in motion as one to be tried again. */
function mayBeTriedAgain({ refusal }: GatewayRequestError, cursor: string | undefined): boolean {
  return refusal !== undefined && (refusal.retryable || (cursor !== undefined && refusal.code === "INVALID_REQUEST"));
}

function readCancelResult(value: unknown): CancelResult {
  const answer = recordIn(value);
  if (answer["cancelled"] === true) return { ok: true };
  const message = textIn(answer, "reason") ?? "the host gave no reason";
  if (answer["found"] !== true) return { ok: false, reason: "unknown_task", message };
  if (/already terminal/i.test(message)) return { ok: false, reason: "over", message };
  return { ok: false, reason: CANNOT.test(message) ? "cannot" : "failed", message };
}

function classifyFailure(error: unknown): "offline" | "unsure" | "failed" {
  if (!(error instanceof GatewayRequestError)) return "failed";
  if (error.failure === "offline") return "offline";
  return error.failure === "refused" ? "failed" : "unsure";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
