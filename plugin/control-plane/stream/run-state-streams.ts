import { getErrorMessage } from "../../../registry-helper/internal.ts";
import type { Caller } from "../handlers/context.ts";
import type { ApiWorkerClient } from "../worker/worker-client.ts";
import { HEARTBEAT_MS, MAX_BUFFERED_BYTES } from "./change-broadcaster.ts";
import type { WebSocketConnection } from "./connections.ts";
import { CLOSE_CODES, type DisconnectCode, StreamMessage } from "./stream-message.ts";

/** With this a stream of a run ends that is not there (OpenTask's code). */
export const RUN_NOT_FOUND_CODE = 4404;

const READER: Caller = { actor: "stream", scope: "read", mode: "standalone" };

interface WatchedRun {
  connections: Set<WebSocketConnection>;
  /** Its state is being read; it changed again meanwhile. */
  isReading: boolean;
  isStale: boolean;
  unfollow: () => void;
}

/**
 * OpenTask's stream of one run: the whole state at once, and again after each change. It has no cursor: who connects
 * again gets the state as it is then.
 */
export class RunStateStreams {
  private readonly worker: ApiWorkerClient;
  private readonly problem: (message: string) => void;
  private readonly runs = new Map<string, WatchedRun>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(options: { worker: ApiWorkerClient; problem: (message: string) => void; heartbeatMs?: number }) {
    this.worker = options.worker;
    this.problem = options.problem;
    this.heartbeat = setInterval(() => this.ping(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.heartbeat.unref();
    const refreshAll = (): void => {
      for (const runId of this.runs.keys()) void this.refresh(runId);
    };
    this.worker.listen({
      ready: refreshAll,
      reset: refreshAll,
      changes: (changes) => {
        const last = new Map(changes.filter(({ kind }) => kind === "run").map((change) => [change.id, change]));
        for (const [runId, { removed }] of last) {
          if (removed === true) this.close(runId);
          else void this.refresh(runId);
        }
      },
    });
  }

  get size(): number {
    return [...this.runs.values()].reduce((sum, { connections }) => sum + connections.size, 0);
  }

  subscribe(runId: string, connection: WebSocketConnection): void {
    const watched = this.runs.get(runId) ?? {
      connections: new Set(),
      isReading: false,
      isStale: false,
      unfollow: this.worker.follow(),
    };
    this.runs.set(runId, watched);
    watched.connections.add(connection);
    connection.onClose(() => this.unsubscribe(runId, connection));
    void this.refresh(runId);
  }

  /** The reason is told by the code of the closing alone: whoever reads this stream takes each frame for a run. */
  disconnectAll(code: DisconnectCode): void {
    for (const [runId, { connections }] of this.runs)
      for (const connection of [...connections]) {
        this.unsubscribe(runId, connection);
        connection.close(CLOSE_CODES[code], code);
      }
  }

  stop(): void {
    clearInterval(this.heartbeat);
    this.disconnectAll("server_stopping");
  }

  /** Asks for signs of life; the stream itself has none. */
  private ping(): void {
    for (const { connections } of this.runs.values()) for (const connection of [...connections]) connection.ping();
  }

  /** There is no such run, or not any more. */
  private close(runId: string): void {
    for (const connection of [...(this.runs.get(runId)?.connections ?? [])]) {
      this.unsubscribe(runId, connection);
      connection.close(RUN_NOT_FOUND_CODE, "run not found");
    }
  }

  private unsubscribe(runId: string, connection: WebSocketConnection): void {
    const watched = this.runs.get(runId);
    if (watched?.connections.delete(connection) !== true || watched.connections.size > 0) return;
    this.runs.delete(runId);
    watched.unfollow();
  }

  /** Reads the state once for all who watch the run; what changes meanwhile is read once more. */
  private async refresh(runId: string): Promise<void> {
    const watched = this.runs.get(runId);
    if (watched === undefined) return;
    watched.isStale = true;
    if (watched.isReading) return;
    watched.isReading = true;
    try {
      while (watched.isStale) {
        watched.isStale = false;
        await this.sendState(runId, watched);
      }
    } catch (error) {
      // The API worker begins anew and says so: then the state is read again.
      this.problem(`stream of run ${runId}: ${getErrorMessage(error)}`);
    } finally {
      watched.isReading = false;
    }
  }

  private async sendState(runId: string, watched: WatchedRun): Promise<void> {
    const path = `/api/runs/${encodeURIComponent(runId)}`;
    const { status, body } = await this.worker.request({
      method: "GET",
      path,
      query: "",
      headers: {},
      bodyText: undefined,
      caller: READER,
    });
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    if (status === 404 || status === 400) return this.close(runId);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    const message = new StreamMessage("run", undefined, text);
    for (const connection of [...watched.connections]) {
      connection.send(message);
      if (connection.bufferedBytes <= MAX_BUFFERED_BYTES + message.frame.length) continue;
      this.unsubscribe(runId, connection);
      connection.close(CLOSE_CODES.slow_reader, "slow_reader");
    }
  }
}
