import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Change, ChangePage } from "../../../../registry-helper/views/changes/change-log.ts";
import {
  type ChangeListener,
  type DeskClient,
  DeskUnavailable,
} from "../../../../plugin/control-plane/worker/worker-client.ts";
import type { DropCode, StreamMessage } from "../../../../plugin/control-plane/stream/stream-message.ts";
import type { Sink } from "../../../../plugin/control-plane/stream/connections.ts";
import { StreamHub } from "../../../../plugin/control-plane/stream/change-broadcaster.ts";

/** A desk whose answers a test gives out one by one. */
class FakeDesk {
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
  /** New changes, posted as the desk does. */
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
    if (this.isDown) throw new DeskUnavailable("down", false);
  }
}

class FakeSink implements Sink {
  readonly heard: { type: string; cursor?: string; changes?: Change[]; reset?: boolean }[] = [];
  waiting = 0;
  isOpen = true;
  dropped: DropCode | undefined;
  isStuck = false;
  readonly frames: Buffer[] = [];
  private closers: (() => void)[] = [];

  send(message: StreamMessage): void {
    this.heard.push(JSON.parse(message.text) as FakeSink["heard"][number]);
    this.frames.push(message.frame);
    if (this.isStuck) this.waiting += message.frame.length;
  }
  check(): void {
    return;
  }
  drop(code: DropCode): void {
    this.dropped = code;
  }
  onClose(listener: () => void): void {
    this.closers.push(listener);
  }
  hangUp(): void {
    for (const close of this.closers) close();
  }
  get numbers(): number[] {
    return this.heard.flatMap(({ changes }) => changes ?? []).map(({ seq }) => seq);
  }
}

function useHub(more: { mostWaitingBytes?: number; slowAfterMs?: number } = {}): { desk: FakeDesk; hub: StreamHub } {
  const desk = new FakeDesk();
  const hub = new StreamHub({ desk: desk as unknown as DeskClient, now: () => 0, problem: () => undefined, ...more });
  onTestFinished(() => hub.stop());
  return { desk, hub };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("joining while changes come in", () => {
  it("leaves no gap and repeats nothing, wherever the answers fall", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    desk.happen(5);
    for (let moment = 0; moment < 6; moment += 1) {
      const sink = new FakeSink();
      hub.join(sink, "e.2");
      for (let step = 0; step < moment; step += 1) await Promise.resolve();
      desk.happen(2);
      await settled();
      desk.happen(1);
      await settled();
      expect(sink.heard[0]?.type).toBe("resumed");
      expect(sink.numbers).toEqual(upTo(3, desk.last));
    }
  });

  it("tells many clients over several turns of the loop, each everything in order, who joins in between too", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const many = Array.from({ length: 90 }, () => new FakeSink());
    for (const sink of many) hub.join(sink, "e.0");
    await settled();
    desk.happen(3);
    const toldAtOnce = many.filter(({ numbers }) => numbers.length > 0).length;
    expect(toldAtOnce).toBeGreaterThan(0);
    expect(toldAtOnce).toBeLessThan(30);
    desk.happen(2);
    const late = new FakeSink();
    hub.join(late, "e.1");
    for (let turn = 0; turn < 12; turn += 1) {
      if (turn === 2) desk.happen(1);
      await settled();
    }
    for (const sink of many) expect(sink.numbers).toEqual(upTo(1, 6));
    expect(late.numbers).toEqual(upTo(2, 6));
  });

  it("writes a batch out once for all who are up to date", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const sinks = [new FakeSink(), new FakeSink()];
    for (const sink of sinks) hub.join(sink, undefined);
    await settled();
    desk.happen(3);
    expect(sinks[0]?.frames.at(-1)).toBe(sinks[1]?.frames.at(-1));
    expect(sinks[0]?.frames[0]).toBeDefined();
  });

  it("reads a long history page by page", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    desk.happen(2_500);
    const sink = new FakeSink();
    hub.join(sink, "e.0");
    await vi.waitFor(() => expect(sink.numbers).toEqual(upTo(1, 2_500)));
    expect(sink.heard.filter(({ type }) => type === "changes")).toHaveLength(3);
  });
});

describe("a desk that dies", () => {
  it("is waited for, and what happened meanwhile is told once", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const sink = new FakeSink();
    hub.join(sink, undefined);
    await settled();
    desk.happen(2);
    desk.last += 3;
    desk.ready();
    await settled();
    desk.happen(1);
    expect(sink.numbers).toEqual(upTo(1, 6));
    expect(sink.heard.filter(({ type }) => type === "snapshot")).toHaveLength(1);
  });

  it("is asked again by who joined while it was down", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    desk.happen(3);
    desk.isDown = true;
    const sink = new FakeSink();
    hub.join(sink, "e.1");
    await settled();
    expect(sink.heard).toEqual([]);
    desk.isDown = false;
    await vi.waitFor(() => expect(sink.numbers).toEqual([2, 3]));
  });

  it("that comes back with another log makes everybody begin anew", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const sink = new FakeSink();
    hub.join(sink, undefined);
    await settled();
    desk.epoch = "f";
    desk.last = 0;
    desk.ready();
    await settled();
    expect(sink.heard.at(-1)).toMatchObject({ type: "snapshot", reset: true, cursor: "f.0" });
  });
});

describe("readers that do not keep up", () => {
  it("are left alone by what is posted until they have taken what waits, and then miss nothing", async () => {
    const { desk, hub } = useHub({ mostWaitingBytes: 300 });
    desk.ready();
    const [slow, quick] = [new FakeSink(), new FakeSink()];
    hub.join(slow, undefined);
    hub.join(quick, undefined);
    await settled();
    slow.isStuck = true;
    for (let count = 0; count < 50; count += 1) desk.happen(1);
    await settled();
    expect(quick.numbers).toEqual(upTo(1, 50));
    expect(slow.numbers.length).toBeLessThan(10);
    slow.isStuck = false;
    slow.waiting = 0;
    await vi.waitFor(() => expect(slow.numbers).toEqual(upTo(1, 50)));
    desk.happen(1);
    expect(slow.numbers).toEqual(upTo(1, 51));
    expect(hub.dropped).toEqual({});
  });

  it("are dropped with a reason, and counted, when they do not take it", async () => {
    const { desk, hub } = useHub({ mostWaitingBytes: 300, slowAfterMs: 10 });
    desk.ready();
    desk.happen(10);
    const [live, joining, quick] = [new FakeSink(), new FakeSink(), new FakeSink()];
    live.isStuck = joining.isStuck = true;
    hub.join(live, undefined);
    hub.join(quick, undefined);
    await settled();
    hub.join(joining, "e.0");
    await settled();
    desk.happen(5);
    await vi.waitFor(() => expect([live.dropped, joining.dropped]).toEqual(["slow_reader", "slow_reader"]));
    expect(quick.dropped).toBeUndefined();
    expect([hub.size, hub.dropped]).toEqual([1, { slow_reader: 2 }]);
  });
});

describe("leaving", () => {
  it("lets the desk rest once nobody listens", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const sink = new FakeSink();
    hub.join(sink, undefined);
    await settled();
    expect(desk.followers).toBe(1);
    sink.hangUp();
    sink.hangUp();
    expect([desk.followers, hub.size]).toEqual([0, 0]);
    desk.happen(1);
    expect(sink.numbers).toEqual([]);
  });

  it("is told to all when the server stops", async () => {
    const { desk, hub } = useHub();
    desk.ready();
    const [joined, joining] = [new FakeSink(), new FakeSink()];
    hub.join(joined, undefined);
    await settled();
    desk.gate = new Promise(() => undefined);
    hub.join(joining, undefined);
    hub.stop();
    expect([joined.dropped, joining.dropped]).toEqual(["server_stopping", "server_stopping"]);
  });
});
