import { Outbox } from "../../../plugin/delivery/outbox.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import type { HostEvent, SentMessage } from "../../../plugin/host/events/host-events.ts";
import { decideDelivery } from "../../../registry-helper/domain/delivery/decide.ts";
import { evolveDelivery } from "../../../registry-helper/domain/delivery/evolve.ts";
import type { DeliveryRecord, DeliveryReport, DeliveryRoute } from "../../../registry-helper/internal.ts";
import { formatMicros } from "../../../registry-helper/model/time.ts";
import { ROUTE } from "./host-samples.ts";
import { delivery, ENDED_AT, openTask } from "./open-results.ts";

type Step = `report ${string}` | `send ${string}`;

/** An outbox with a clock, a channel and a ledger that a test plays; the ledger decides as the real one does. */
export class OutboxTable {
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
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export const ours = (more: Partial<DeliveryRecord> = {}): PendingDelivery =>
  openTask({ delivery: delivery({ sender: "clawtask", dueAt: null, ...more }) });
