import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ChangeBroadcaster } from "../../../../plugin/control-plane/stream/change-broadcaster.ts";
import type { ClientConnection } from "../../../../plugin/control-plane/stream/connections.ts";
import type { DisconnectCode, StreamMessage } from "../../../../plugin/control-plane/stream/stream-message.ts";
import type { ChangeListener, ApiWorkerClient } from "../../../../plugin/control-plane/worker/worker-client.ts";
import { WorkerUnavailable } from "../../../../plugin/worker/supervised-worker.ts";
import type { Change, ChangePage } from "../../../../registry-helper/views/changes/change-log.ts";

/** An API worker whose answers a test gives out one by one. */
class FakeApiWorker {
  epoch = "e";
  last = 0;
  followers = 0;
  isDown = false;
  listener!: ChangeListener;
  /** Questions wait here until the test lets them through. */
  gate: Promise<void> = Promise.resolve();

  listen(listener: ChangeListener): void {
    this.listener = listener;
  }
  follow(): () => void {
    this.followers += 1;
    return () => (this.followers -= 1);
  }
  async read(after: string, limit: number): Promise<ChangePage | undefined> {
    await this.answerable();
    const [epoch, number] = after.split(".");
    if (epoch !== this.epoch) return undefined;
    const from = Number(number);
    const until = Math.min(this.last, from + limit);
    const changes = Array.from({ length: until - from }, (_, at) => this.change(from + at + 1));
    return { changes, cursor: `${this.epoch}.${until}`, more: until < this.last };
  }
  async snapshot(): Promise<{ cursor: string; members: string }> {
    await this.answerable();
    return { cursor: `${this.epoch}.${this.last}`, members: '"runs":[]' };
  }
  ready(): void {
    this.listener.ready(`${this.epoch}.${this.last}`);
  }
  /** New changes, posted as the API worker does. */
  happen(count = 1): void {
    const changes = Array.from({ length: count }, (_, at) => this.change(this.last + at + 1));
    this.last += count;
    this.listener.changes(changes, `${this.epoch}.${this.last}`);
  }
  private change(number: number): Change {
    return { cursor: `${this.epoch}.${number}`, kind: "run", id: "r", seq: number, at: "", event: "run.progress" };
  }
  private async answerable(): Promise<void> {
    await this.gate;
    if (this.isDown) throw new WorkerUnavailable("down", false);
  }
}

class FakeConnection implements ClientConnection {
  readonly received: { type: string; cursor?: string; changes?: Change[]; reset?: boolean }[] = [];
  bufferedBytes = 0;
  isOpen = true;
  dropped: DisconnectCode | undefined;
  isStuck = false;
  readonly frames: Buffer[] = [];
  private closers: (() => void)[] = [];

  send(message: StreamMessage): void {
    this.received.push(JSON.parse(message.text) as FakeConnection["received"][number]);
    this.frames.push(message.frame);
    if (this.isStuck) this.bufferedBytes += message.frame.length;
  }
  ping(): void {
    return;
  }
  disconnect(code: DisconnectCode): void {
    this.dropped = code;
  }
  onClose(listener: () => void): void {
    this.closers.push(listener);
  }
  hangUp(): void {
    for (const close of this.closers) close();
  }
  get numbers(): number[] {
    return this.received.flatMap(({ changes }) => changes ?? []).map(({ seq }) => seq);
  }
}

function useBroadcaster(more: { maxBufferedBytes?: number; slowAfterMs?: number } = {}): {
  worker: FakeApiWorker;
  broadcaster: ChangeBroadcaster;
} {
  const worker = new FakeApiWorker();
  const broadcaster = new ChangeBroadcaster({
    worker: worker as unknown as ApiWorkerClient,
    now: () => 0,
    problem: () => undefined,
    ...more,
  });
  onTestFinished(() => broadcaster.stop());
  return { worker, broadcaster };
}

const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("a subscription during incoming changes", () => {
  it("has no gaps or repeats, whenever the worker answers", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    worker.happen(5);
    for (let moment = 0; moment < 6; moment += 1) {
      const connection = new FakeConnection();
      broadcaster.subscribe(connection, "e.2");
      for (let step = 0; step < moment; step += 1) await Promise.resolve();
      worker.happen(2);
      await flush();
      worker.happen(1);
      await flush();
      expect(connection.received[0]?.type).toBe("resumed");
      expect(connection.numbers).toEqual(upTo(3, worker.last));
    }
  });

  it("delivers all changes in order to many clients over several event-loop turns, including late subscribers", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const many = Array.from({ length: 90 }, () => new FakeConnection());
    for (const connection of many) broadcaster.subscribe(connection, "e.0");
    await flush();
    worker.happen(3);
    const sentAtOnce = many.filter(({ numbers }) => numbers.length > 0).length;
    expect(sentAtOnce).toBeGreaterThan(0);
    expect(sentAtOnce).toBeLessThan(30);
    worker.happen(2);
    const late = new FakeConnection();
    broadcaster.subscribe(late, "e.1");
    for (let turn = 0; turn < 12; turn += 1) {
      if (turn === 2) worker.happen(1);
      await flush();
    }
    for (const connection of many) expect(connection.numbers).toEqual(upTo(1, 6));
    expect(late.numbers).toEqual(upTo(2, 6));
  });

  it("serializes a batch once for all current clients", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const connections = [new FakeConnection(), new FakeConnection()];
    for (const connection of connections) broadcaster.subscribe(connection, undefined);
    await flush();
    worker.happen(3);
    expect(connections[0]?.frames.at(-1)).toBe(connections[1]?.frames.at(-1));
    expect(connections[0]?.frames[0]).toBeDefined();
  });

  it("reads a long history in pages", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    worker.happen(2_500);
    const connection = new FakeConnection();
    broadcaster.subscribe(connection, "e.0");
    await vi.waitFor(() => expect(connection.numbers).toEqual(upTo(1, 2_500)));
    expect(connection.received.filter(({ type }) => type === "changes")).toHaveLength(3);
  });
});

describe("a restart of the API worker", () => {
  it("delivers the changes of the meantime once", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const connection = new FakeConnection();
    broadcaster.subscribe(connection, undefined);
    await flush();
    worker.happen(2);
    worker.last += 3;
    worker.ready();
    await flush();
    worker.happen(1);
    expect(connection.numbers).toEqual(upTo(1, 6));
    expect(connection.received.filter(({ type }) => type === "snapshot")).toHaveLength(1);
  });

  it("resumes clients that subscribed while it was down", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    worker.happen(3);
    worker.isDown = true;
    const connection = new FakeConnection();
    broadcaster.subscribe(connection, "e.1");
    await flush();
    expect(connection.received).toEqual([]);
    worker.isDown = false;
    await vi.waitFor(() => expect(connection.numbers).toEqual([2, 3]));
  });

  it("sends a new snapshot to every client when the change log was replaced", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const connection = new FakeConnection();
    broadcaster.subscribe(connection, undefined);
    await flush();
    worker.epoch = "f";
    worker.last = 0;
    worker.ready();
    await flush();
    expect(connection.received.at(-1)).toMatchObject({ type: "snapshot", reset: true, cursor: "f.0" });
  });
});

describe("slow clients", () => {
  it("are skipped until they have drained, and then miss nothing", async () => {
    const { worker, broadcaster } = useBroadcaster({ maxBufferedBytes: 300 });
    worker.ready();
    const [slow, quick] = [new FakeConnection(), new FakeConnection()];
    broadcaster.subscribe(slow, undefined);
    broadcaster.subscribe(quick, undefined);
    await flush();
    slow.isStuck = true;
    for (let count = 0; count < 50; count += 1) worker.happen(1);
    await flush();
    expect(quick.numbers).toEqual(upTo(1, 50));
    expect(slow.numbers.length).toBeLessThan(10);
    slow.isStuck = false;
    slow.bufferedBytes = 0;
    await vi.waitFor(() => expect(slow.numbers).toEqual(upTo(1, 50)));
    worker.happen(1);
    expect(slow.numbers).toEqual(upTo(1, 51));
    expect(broadcaster.dropped).toEqual({});
  });

  it("are disconnected with a reason and counted when they do not drain in time", async () => {
    const { worker, broadcaster } = useBroadcaster({ maxBufferedBytes: 300, slowAfterMs: 10 });
    worker.ready();
    worker.happen(10);
    const [live, joining, quick] = [new FakeConnection(), new FakeConnection(), new FakeConnection()];
    live.isStuck = joining.isStuck = true;
    broadcaster.subscribe(live, undefined);
    broadcaster.subscribe(quick, undefined);
    await flush();
    broadcaster.subscribe(joining, "e.0");
    await flush();
    worker.happen(5);
    await vi.waitFor(() => expect([live.dropped, joining.dropped]).toEqual(["slow_reader", "slow_reader"]));
    expect(quick.dropped).toBeUndefined();
    expect([broadcaster.size, broadcaster.dropped]).toEqual([1, { slow_reader: 2 }]);
  });
});

describe("unsubscribing", () => {
  it("stops following the API worker after the last client has left", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const connection = new FakeConnection();
    broadcaster.subscribe(connection, undefined);
    await flush();
    expect(worker.followers).toBe(1);
    connection.hangUp();
    connection.hangUp();
    expect([worker.followers, broadcaster.size]).toEqual([0, 0]);
    worker.happen(1);
    expect(connection.numbers).toEqual([]);
  });

  it("disconnects every client when the server stops", async () => {
    const { worker, broadcaster } = useBroadcaster();
    worker.ready();
    const [joined, joining] = [new FakeConnection(), new FakeConnection()];
    broadcaster.subscribe(joined, undefined);
    await flush();
    worker.gate = new Promise(() => undefined);
    broadcaster.subscribe(joining, undefined);
    broadcaster.stop();
    expect([joined.dropped, joining.dropped]).toEqual(["server_stopping", "server_stopping"]);
  });
});
