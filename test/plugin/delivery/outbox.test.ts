import { describe, expect, it } from "vitest";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import { REANNOUNCE_TIMEOUT_MS, Outbox } from "../../../plugin/delivery/outbox.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import type { HostEvent, SentMessage } from "../../../plugin/host/events/host-events.ts";
import { decideDelivery, RETRY_PAUSE_MS } from "../../../registry-helper/domain/delivery/decide.ts";
import { evolveDelivery } from "../../../registry-helper/domain/delivery/evolve.ts";
import type { DeliveryRecord, DeliveryReport, DeliveryRoute } from "../../../registry-helper/index.ts";
import { formatMicros } from "../../../registry-helper/model/time.ts";
import { ANNOUNCE_RUN, REQUESTER, ROUTE } from "../support/host-samples.ts";
import { announcing, delivery, ENDED_AT, openRun, openTask } from "../support/open-results.ts";

type Step = `report ${string}` | `send ${string}`;

/** An outbox with a clock, a channel and a ledger that a test plays; the ledger decides as the real one does. */
class Table {
  readonly steps: Step[] = [];
  readonly problems: string[] = [];
  readonly sentTo: DeliveryRoute[] = [];
  readonly woken: string[] = [];
  /** False: the host wakes no session. */
  wakes = false;
  now = ENDED_AT + 1_000;
  claimed = true;
  answer: () => Promise<DeliveryReport> = () => Promise.resolve({ kind: "sent", receipt: "7" });
  /** False lets a commit fail, as a full disk does. */
  commits = true;
  /** False: the ledger's worker dies between the commit and its answer. */
  answers = true;
  outbox = this.start();
  private open: PendingDelivery;

  constructor(open: PendingDelivery) {
    this.open = open;
  }

  private start(): Outbox {
    return new Outbox({
      now: () => this.now,
      mayAct: () => this.claimed,
      report: (_owner, report) => {
        const changed = this.commit(report);
        return Promise.resolve(this.answers ? changed : undefined);
      },
      send: (route, text) => {
        this.steps.push(`send ${text.split("\n")[0] ?? ""}`);
        this.sentTo.push(route);
        return this.answer();
      },
      wakeSession: (sessionKey) => {
        this.woken.push(sessionKey);
        return Promise.resolve(this.wakes);
      },
      problem: (message) => this.problems.push(message),
    });
  }

  get delivery(): DeliveryRecord {
    return this.open.delivery;
  }

  get sends(): number {
    return this.sentTo.length;
  }

  private commit(report: DeliveryReport): boolean {
    this.steps.push(`report ${report.kind}`);
    if (!this.commits) return false;
    const drafts = decideDelivery(this.delivery, report, this.now * 1000);
    for (const { event: name, delivery: change } of drafts) {
      const timestamp = formatMicros(this.now * 1000);
      this.open = { ...this.open, delivery: evolveDelivery(this.delivery, { name, timestamp, change }) };
    }
    // As the ledger's worker does: the new list comes before the answer.
    if (drafts.length > 0) this.outbox.update(this.list());
    return drafts.length > 0;
  }

  private list(): PendingDelivery[] {
    return ["pending", "sending"].includes(this.delivery.state) ? [this.open] : [];
  }

  /** The process died: the next one knows what is on disk and nothing else. */
  restart(): void {
    this.outbox = this.start();
  }

  /** Hands over what is open, as the ledger's worker does, and lets everything that follows happen. */
  async run(): Promise<void> {
    this.outbox.update(this.list());
    await flush();
  }

  async handleEvent(message: Partial<SentMessage>): Promise<void> {
    const event: HostEvent = {
      kind: "message_sent",
      message: {
        channel: "telegram",
        to: ROUTE.to,
        content: "",
        success: true,
        error: undefined,
        messageId: "12",
        sessionKey: undefined,
        runId: undefined,
        ...message,
      },
    };
    this.outbox.handleEvent(event);
    await flush();
  }
}

/** All that was begun by now is done: the doubles answer without waiting for anything. */
async function flush(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

const ours = (more: Partial<DeliveryRecord> = {}): PendingDelivery =>
  openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, ...more }) });

describe("a result that is ours to tell", () => {
  it("keeps what the channel said until it is on record: a disk that was full makes no sent message ambiguous", async () => {
    const table = new Table(ours());
    table.answer = () => {
      table.commits = false;
      return Promise.resolve({ kind: "sent", receipt: "7" });
    };
    await table.run();
    await table.run();
    expect(table.delivery.state).toBe("sending");
    table.commits = true;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7" });
    expect(table.sends).toBe(1);
  });

  it("is sent when the word that it may be sent was lost: what was never handed over is not ambiguous", async () => {
    const table = new Table(ours());
    table.answers = false;
    await table.run();
    expect(table.sends).toBe(0);
    table.answers = true;
    await table.run();
    table.now += RETRY_PAUSE_MS + 1_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7" });
    expect(table.sends).toBe(1);
  });

  it("wakes a session once, however long that cannot be recorded", async () => {
    const table = new Table(ours({ route: { channel: "session", to: REQUESTER, sessionKey: REQUESTER } }));
    table.wakes = true;
    table.commits = false;
    for (let round = 0; round < 3; round += 1) {
      table.now += 2_000;
      await table.run();
    }
    expect(table.woken).toEqual([REQUESTER]);
    table.commits = true;
    table.now += 2_000;
    await table.run();
    expect(table.delivery.state).toBe("session_queued");
    expect(table.woken).toEqual([REQUESTER]);
  });

  it("tries again what the channel refused while nothing could be recorded", async () => {
    const table = new Table(ours());
    table.answer = () => {
      table.commits = false;
      return Promise.resolve({ kind: "refused", reason: "busy", final: false });
    };
    await table.run();
    table.commits = true;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", tries: 1, reason: "busy" });
  });

  it("is marked as being sent before the send, and delivered by the channel's receipt", async () => {
    const table = new Table(ours());
    await table.run();
    expect(table.steps).toEqual(["report sending", "send ✅ Count the sheep is done.", "report sent"]);
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7", tries: 1 });
    expect(table.sentTo).toEqual([ROUTE]);
  });

  it("is not sent when that mark cannot be written", async () => {
    const table = new Table(ours());
    table.commits = false;
    await table.run();
    expect(table.steps).toEqual(["report sending"]);
  });

  it("is sent when it is due and not before", async () => {
    const table = new Table(ours({ dueAt: formatMicros((ENDED_AT + 5_000) * 1000) }));
    table.now = ENDED_AT + 4_999;
    await table.run();
    expect(table.sends).toBe(0);
    table.now = ENDED_AT + 5_000;
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("is sent once, however often the outbox looks while the send is on its way", async () => {
    const table = new Table(ours());
    let arrive: (report: DeliveryReport) => void = () => undefined;
    table.answer = () => new Promise((resolve) => (arrive = resolve));
    await table.run();
    for (let round = 0; round < 5; round += 1) {
      table.outbox.tick();
      await table.run();
    }
    expect(table.sends).toBe(1);
    expect(table.delivery.state).toBe("sending");
    arrive({ kind: "sent", receipt: "7" });
    await flush();
    await table.run();
    expect(table.sends).toBe(1);
    expect(table.delivery).toMatchObject({ state: "delivered", tries: 1 });
  });

  it("is not sent again from an old list that still shows it as open", async () => {
    const open = ours();
    const table = new Table(open);
    await table.run();
    table.outbox.update([open]);
    await flush();
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("waits for the claim of the registry", async () => {
    const table = new Table(ours());
    table.claimed = false;
    await table.run();
    table.outbox.tick();
    await flush();
    expect(table.steps).toEqual([]);
    table.claimed = true;
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });
});

describe("a send whose process died", () => {
  it("is ambiguous afterwards, and not repeated", async () => {
    const table = new Table(ours());
    table.answer = () => new Promise(() => undefined);
    await table.run();
    expect(table.delivery.state).toBe("sending");

    table.restart();
    await table.run();
    await table.run();
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: expect.stringContaining("stopped") as string });
    expect(table.sends).toBe(1);
  });
});

describe("a message that the channel refuses", () => {
  it("is neither repeated before its pause nor taken for lost when news comes at that moment", async () => {
    const table = new Table(ours());
    table.answer = async () => {
      await table.handleEvent({ content: "other news" });
      return { kind: "refused", reason: "500", final: false };
    };
    await table.run();
    await table.handleEvent({ content: "more news" });
    expect(table.delivery).toMatchObject({ state: "pending", sender: "clawtask", tries: 1 });
    expect(table.sends).toBe(1);
  });

  it("is tried again after its pause when the trouble may pass", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "clawtask", reason: "500", tries: 1 });

    table.now += RETRY_PAUSE_MS - 1;
    await table.run();
    expect(table.sends).toBe(1);
    table.answer = () => Promise.resolve({ kind: "sent", receipt: "8" });
    table.now += 1;
    await table.run();
    expect(table.sends).toBe(2);
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "8" });
  });

  it("is failed at once, with the reason, when it will be refused for ever", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: kicked", final: true });
    await table.run();
    table.now += 10 * 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "failed", reason: "403: kicked" });
    expect(table.sends).toBe(1);
  });

  it("is a dead letter after the deadline", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    for (let minute = 0; minute < 40; minute += 1) {
      table.now = ENDED_AT + minute * 60_000;
      await table.run();
    }
    expect(table.delivery).toMatchObject({ state: "failed", reason: "500" });
  });

  it("whose answer was lost is ambiguous and not repeated", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "unknown", reason: "socket hang up" });
    await table.run();
    table.now += 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "socket hang up" });
    expect(table.sends).toBe(1);
  });
});

describe("a message that the host keeps for later", () => {
  const held = async (): Promise<Table> => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "held", reason: "ECONNREFUSED" });
    await table.run();
    return table;
  };
  const content = noticeText(ours());

  it("is delivered by the host's final word, with the channel's id as receipt", async () => {
    const table = await held();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "host", reason: "ECONNREFUSED" });
    table.now += 20_000;
    await table.run();
    expect(table.delivery.state).toBe("pending");

    await table.run();
    await table.handleEvent({ content });
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "12" });
    expect(table.sends).toBe(1);
  });

  it("is ambiguous when the host gives it up", async () => {
    const table = await held();
    await table.run();
    await table.handleEvent({ content, success: false, error: "gave up" });
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "gave up" });
    expect(table.sends).toBe(1);
  });

  it("is not judged by what the host said of an earlier try", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    await table.run();
    await table.handleEvent({ content, success: false, error: "refusing blind replay" });
    table.answer = () => Promise.resolve({ kind: "held", reason: "ECONNREFUSED" });
    table.now += RETRY_PAUSE_MS;
    await table.run();
    await table.run();
    expect(table.delivery).toMatchObject({ state: "pending", sender: "host" });
    await table.handleEvent({ content });
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "12" });
  });
});

describe("a result that the host announces", () => {
  it("is confirmed and never sent by us", async () => {
    const table = new Table(openTask());
    await table.run();
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN, sessionKey: REQUESTER });
    expect(table.steps).toEqual(["report host_confirmed"]);
    expect(table.delivery).toMatchObject({ state: "delivered", tries: 0, receipt: "announced, message 12" });
  });

  it("is confirmed although the announcement was faster than our disk", async () => {
    const table = new Table(openTask());
    table.now = ENDED_AT + 5;
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN });
    expect(table.steps).toEqual([]);
    await table.run();
    expect(table.delivery.state).toBe("delivered");
  });

  it("is sent by us as soon as its announcement failed", async () => {
    const table = new Table(openTask());
    await table.run();
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN, success: false, error: "500" });
    await table.run();
    expect(table.steps).toEqual([
      "report host_silent",
      "report sending",
      "send ✅ Count the sheep is done.",
      "report sent",
    ]);
  });
});

describe("a result that we took over, after the gateway was started anew", () => {
  const table = async (): Promise<Table> => {
    const started = new Table({ ...ours({ tries: 1 }), hostMayRetry: true });
    started.restart();
    await started.run();
    return started;
  };

  it("is left to the host, which announces it anew", async () => {
    const one = await table();
    expect(one.sends).toBe(0);
    await one.handleEvent({ runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" });
    await one.handleEvent({ runId: ANNOUNCE_RUN });
    expect(one.delivery).toMatchObject({ state: "delivered", tries: 1 });
    expect(one.sends).toBe(0);
  });

  it("is ours again as soon as that has failed too", async () => {
    const one = await table();
    // The host's queue gives up the message of before: that says nothing of the announcement to come.
    await one.handleEvent({ runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" });
    expect(one.sends).toBe(0);
    const failed = announcing(2_000, { delivery: "failed" });
    if (failed.kind === "turn_end") one.outbox.handleEvent({ kind: "turn_ended", turn: failed.turn });
    await flush();
    expect(one.sends).toBe(1);
    expect(one.delivery.state).toBe("delivered");
  });

  it("is ours again when nothing comes in time", async () => {
    const one = await table();
    one.now += REANNOUNCE_TIMEOUT_MS;
    one.outbox.tick();
    await flush();
    expect(one.sends).toBe(1);
  });

  it("is sent at once when the host is through with it, or a person asked for it", async () => {
    for (const open of [ours(), { ...ours({ generation: 2 }), hostMayRetry: true }]) {
      const one = new Table(open);
      await one.run();
      expect(one.sends).toBe(1);
    }
  });
});

describe("a requester that no message can be pushed to", () => {
  it.each([
    [
      "a web chat",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, route: { channel: "webchat", to: "x" } }) }),
      /webchat/,
    ],
    [
      "no channel at all",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, route: null }) }),
      /no channel/,
    ],
    [
      "another subagent",
      openTask({ delivery: delivery({ sender: "clawtask", dueAt: null }), announcers: ["agent:main:subagent:parent"] }),
      /subagent itself/,
    ],
  ])("(%s) gets none, and the record says why", async (_what, open, reason) => {
    const table = new Table(open);
    await table.run();
    expect(table.sends).toBe(0);
    expect(table.delivery).toMatchObject({ state: "failed", reason: expect.stringMatching(reason) as string });
  });

  it("does not count a run's own sessions as such", async () => {
    const table = new Table(
      openRun({ delivery: delivery({ sender: "clawtask", dueAt: null }), announcers: ["agent:main:subagent:x"] }),
    );
    await table.run();
    expect(table.sends).toBe(1);
  });
});

describe("the outbox itself", () => {
  it("goes on with the others when one delivery makes trouble", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.reject(new Error("broken"));
    await table.run();
    expect(table.problems).toEqual([expect.stringContaining("broken")]);
  });

  it("stops only when what is on its way has its outcome, and begins nothing more", async () => {
    const table = new Table(ours());
    let arrive: (report: DeliveryReport) => void = () => undefined;
    table.answer = () => new Promise((resolve) => (arrive = resolve));
    await table.run();
    let stopped = false;
    const stopping = table.outbox.stop().then(() => (stopped = true));
    await flush();
    expect(stopped).toBe(false);
    arrive({ kind: "sent", receipt: "7" });
    await stopping;
    expect(table.delivery.state).toBe("delivered");

    table.outbox.update([ours({ generation: 2 })]);
    await flush();
    expect(table.sends).toBe(1);
  });
});
