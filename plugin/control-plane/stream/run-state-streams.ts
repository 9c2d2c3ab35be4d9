import type { Caller } from "../handlers/context.ts";
import type { DeskClient } from "../worker/worker-client.ts";
import { CLOSE_CODES, type DropCode, StreamMessage } from "./stream-message.ts";
import { HEARTBEAT_MS, MOST_WAITING_BYTES } from "./change-broadcaster.ts";
import type { WebSocketSink } from "./connections.ts";
import { messageOf } from "../../../registry-helper/index.ts";

/** With this a stream of a run ends that is not there (OpenTask's code). */
export const NO_RUN_CODE = 4404;

const READER: Caller = { actor: "stream", scope: "read", mode: "standalone" };

interface Watched {
  sinks: Set<WebSocketSink>;
  /** Its state is being read; it changed again meanwhile. */
  isReading: boolean;
  isStale: boolean;
  letGo: () => void;
}

/**
 * OpenTask's stream of one run: the whole state at once, and again after each change. It has no cursor: who connects
 * again gets the state as it is then.
 */
export class RunStreams {
  private readonly desk: DeskClient;
  private readonly problem: (message: string) => void;
  private readonly runs = new Map<string, Watched>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(options: { desk: DeskClient; problem: (message: string) => void; heartbeatMs?: number }) {
    this.desk = options.desk;
    this.problem = options.problem;
    this.heartbeat = setInterval(() => this.check(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.heartbeat.unref();
    const refreshAll = (): void => {
      for (const runId of this.runs.keys()) void this.refresh(runId);
    };
    this.desk.listen({
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
    return [...this.runs.values()].reduce((sum, { sinks }) => sum + sinks.size, 0);
  }

  join(runId: string, sink: WebSocketSink): void {
    const watched = this.runs.get(runId) ?? {
      sinks: new Set(),
      isReading: false,
      isStale: false,
      letGo: this.desk.follow(),
    };
    this.runs.set(runId, watched);
    watched.sinks.add(sink);
    sink.onClose(() => this.leave(runId, sink));
    void this.refresh(runId);
  }

  /** The reason is told by the code of the closing alone: whoever reads this stream takes each frame for a run. */
  dropAll(code: DropCode): void {
    for (const [runId, { sinks }] of this.runs)
      for (const sink of [...sinks]) {
        this.leave(runId, sink);
        sink.close(CLOSE_CODES[code], code);
      }
  }

  stop(): void {
    clearInterval(this.heartbeat);
    this.dropAll("server_stopping");
  }

  /** Asks for signs of life; the stream itself has none. */
  private check(): void {
    for (const { sinks } of this.runs.values()) for (const sink of [...sinks]) sink.check();
  }

  /** There is no such run, or not any more. */
  private close(runId: string): void {
    for (const sink of [...(this.runs.get(runId)?.sinks ?? [])]) {
      this.leave(runId, sink);
      sink.close(NO_RUN_CODE, "run not found");
    }
  }

  private leave(runId: string, sink: WebSocketSink): void {
    const watched = this.runs.get(runId);
    if (watched?.sinks.delete(sink) !== true || watched.sinks.size > 0) return;
    this.runs.delete(runId);
    watched.letGo();
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
        await this.tell(runId, watched);
      }
    } catch (error) {
      // The desk begins anew and says so: then the state is read again.
      this.problem(`stream of run ${runId}: ${messageOf(error)}`);
    } finally {
      watched.isReading = false;
    }
  }

  private async tell(runId: string, watched: Watched): Promise<void> {
    const path = `/api/runs/${encodeURIComponent(runId)}`;
    const { status, body } = await this.desk.request({
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
    for (const sink of [...watched.sinks]) {
      sink.send(message);
      if (sink.waiting <= MOST_WAITING_BYTES + message.frame.length) continue;
      this.leave(runId, sink);
      sink.close(CLOSE_CODES.slow_reader, "slow_reader");
    }
  }
}
