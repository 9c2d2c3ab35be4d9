import { describe, expect, it } from "vitest";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import { REANNOUNCE_TIMEOUT_MS, Outbox } from "../../../plugin/delivery/outbox.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import type { HostEvent, SentMessage } from "../../../plugin/host/events/host-events.ts";
import { decideDelivery, RETRY_PAUSE_MS } from "../../../registry-helper/domain/delivery/decide.ts";
import { evolveDelivery } from "../../../registry-helper/domain/delivery/evolve.ts";
import type { DeliveryRecord, DeliveryReport, DeliveryRoute } from "../../../registry-helper/internal.ts";
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

describe("a result sent by ClawTask", () => {
  it("keeps the channel's answer until it is recorded, so that a full disk leaves no ambiguous delivery", async () => {
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

  it("is sent after the answer about the sending mark was lost, and is not ambiguous", async () => {
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

  it("wakes a session once even while that cannot be recorded", async () => {
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

  it("is retried when the channel rejected it while nothing could be recorded", async () => {
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

  it("is marked as sending before it is sent, and delivered by the channel's receipt", async () => {
    const table = new Table(ours());
    await table.run();
    expect(table.steps).toEqual(["report sending", "send ✅ Count the sheep is done.", "report sent"]);
    expect(table.delivery).toMatchObject({ state: "delivered", receipt: "7", tries: 1 });
    expect(table.sentTo).toEqual([ROUTE]);
  });

  it("is not sent when the sending mark cannot be written", async () => {
    const table = new Table(ours());
    table.commits = false;
    await table.run();
    expect(table.steps).toEqual(["report sending"]);
  });

  it("is sent no earlier than its due time", async () => {
    const table = new Table(ours({ dueAt: formatMicros((ENDED_AT + 5_000) * 1000) }));
    table.now = ENDED_AT + 4_999;
    await table.run();
    expect(table.sends).toBe(0);
    table.now = ENDED_AT + 5_000;
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("is sent once however often the outbox runs during the send", async () => {
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

  it("is not sent again from a stale list that still contains it", async () => {
    const open = ours();
    const table = new Table(open);
    await table.run();
    table.outbox.update([open]);
    await flush();
    table.outbox.tick();
    await flush();
    expect(table.sends).toBe(1);
  });

  it("waits for the sender lease", async () => {
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

describe("a send interrupted by a crash", () => {
  it("becomes ambiguous and is not repeated", async () => {
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

describe("a message rejected by the channel", () => {
  it("is neither retried before its pause nor considered lost when an event arrives in the meantime", async () => {
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

  it("is retried after its pause when the error may be temporary", async () => {
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

  it("fails at once with the reason when the error is permanent", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "403: kicked", final: true });
    await table.run();
    table.now += 10 * 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "failed", reason: "403: kicked" });
    expect(table.sends).toBe(1);
  });

  it("fails after the deadline", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "refused", reason: "500", final: false });
    for (let minute = 0; minute < 40; minute += 1) {
      table.now = ENDED_AT + minute * 60_000;
      await table.run();
    }
    expect(table.delivery).toMatchObject({ state: "failed", reason: "500" });
  });

  it("becomes ambiguous and is not repeated when the answer was lost", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "unknown", reason: "socket hang up" });
    await table.run();
    table.now += 60_000;
    await table.run();
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "socket hang up" });
    expect(table.sends).toBe(1);
  });
});

describe("a message queued by the host", () => {
  const held = async (): Promise<Table> => {
    const table = new Table(ours());
    table.answer = () => Promise.resolve({ kind: "held", reason: "ECONNREFUSED" });
    await table.run();
    return table;
  };
  const content = noticeText(ours());

  it("is delivered by the host's final report, with the channel's id as its receipt", async () => {
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

  it("becomes ambiguous when the host gives up", async () => {
    const table = await held();
    await table.run();
    await table.handleEvent({ content, success: false, error: "gave up" });
    expect(table.delivery).toMatchObject({ state: "ambiguous", reason: "gave up" });
    expect(table.sends).toBe(1);
  });

  it("ignores the host's report on an earlier attempt", async () => {
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

describe("a result announced by the host", () => {
  it("is confirmed and never sent by ClawTask", async () => {
    const table = new Table(openTask());
    await table.run();
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN, sessionKey: REQUESTER });
    expect(table.steps).toEqual(["report host_confirmed"]);
    expect(table.delivery).toMatchObject({ state: "delivered", tries: 0, receipt: "announced, message 12" });
  });

  it("is confirmed although the announcement arrived before the record was written", async () => {
    const table = new Table(openTask());
    table.now = ENDED_AT + 5;
    await table.handleEvent({ content: "announced", runId: ANNOUNCE_RUN });
    expect(table.steps).toEqual([]);
    await table.run();
    expect(table.delivery.state).toBe("delivered");
  });

  it("is sent by ClawTask as soon as the announcement has failed", async () => {
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

describe("a result taken over by ClawTask, after a gateway restart", () => {
  const table = async (): Promise<Table> => {
    const started = new Table({ ...ours({ tries: 1 }), hostMayRetry: true });
    started.restart();
    await started.run();
    return started;
  };

  it("is left to the host, which announces it again", async () => {
    const one = await table();
    expect(one.sends).toBe(0);
    await one.handleEvent({ runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" });
    await one.handleEvent({ runId: ANNOUNCE_RUN });
    expect(one.delivery).toMatchObject({ state: "delivered", tries: 1 });
    expect(one.sends).toBe(0);
  });

  it("is sent by ClawTask as soon as that announcement has failed too", async () => {
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

  it("is sent by ClawTask when no announcement follows in time", async () => {
    const one = await table();
    one.now += REANNOUNCE_TIMEOUT_MS;
    one.outbox.tick();
    await flush();
    expect(one.sends).toBe(1);
  });

  it("is sent at once when the host will not retry or a person requested it", async () => {
    for (const open of [ours(), { ...ours({ generation: 2 }), hostMayRetry: true }]) {
      const one = new Table(open);
      await one.run();
      expect(one.sends).toBe(1);
    }
  });
});

describe("a requester that cannot receive messages", () => {
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
  ])("gets no message, with the reason on record (%s)", async (_what, open, reason) => {
    const table = new Table(open);
    await table.run();
    expect(table.sends).toBe(0);
    expect(table.delivery).toMatchObject({ state: "failed", reason: expect.stringMatching(reason) as string });
  });

  it("is not assumed for the sessions of a run", async () => {
    const table = new Table(
      openRun({ delivery: delivery({ sender: "clawtask", dueAt: null }), announcers: ["agent:main:subagent:x"] }),
    );
    await table.run();
    expect(table.sends).toBe(1);
  });
});

describe("the outbox", () => {
  it("reports a delivery that throws as a problem", async () => {
    const table = new Table(ours());
    table.answer = () => Promise.reject(new Error("broken"));
    await table.run();
    expect(table.problems).toEqual([expect.stringContaining("broken")]);
  });

  it("stops after the sends in progress have finished, and starts no others", async () => {
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
