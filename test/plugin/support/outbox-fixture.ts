import { Outbox } from "../../../plugin/delivery/outbox.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import type { HostEvent, SentMessage, TurnEnd } from "../../../plugin/host/events/host-events.ts";
import { decideDelivery } from "../../../registry-helper/domain/delivery/decide.ts";
import { evolveDelivery } from "../../../registry-helper/domain/delivery/evolve.ts";
import type { DeliveryRecord, DeliveryReport, DeliveryRoute } from "../../../registry-helper/internal.ts";
import { formatMicros } from "../../../registry-helper/model/time.ts";
import { REQUESTER, ROUTE } from "./host-samples.ts";
import { delivery, ENDED_AT, openTask } from "./open-results.ts";

/** A result that is ours to send, now. */
export const ours = (
  id: string,
  more: Partial<PendingDelivery> = {},
  of: Partial<DeliveryRecord> = {},
): PendingDelivery =>
  openTask({
    owner: { kind: "task", id },
    title: id,
    delivery: delivery({ sender: "clawtask", dueAt: null, ...of }),
    ...more,
  });

/** An outbox with many results at once; the ledger decides as the real one does, the channel and the host are played. */
export class OutboxFixture {
  now = ENDED_AT + 1_000;
  readonly sent: { route: DeliveryRoute; text: string }[] = [];
  readonly woken: { sessionKey: string; text: string; isPrivate: boolean }[] = [];
  readonly problems: string[] = [];
  answer: () => Promise<DeliveryReport> = () => Promise.resolve({ kind: "sent", receipt: "7" });
  wakes: () => Promise<boolean> = () => Promise.resolve(true);
  private readonly results = new Map<string, PendingDelivery>();
  readonly outbox = new Outbox({
    now: () => this.now,
    mayAct: () => true,
    report: ({ id }, report) => Promise.resolve(this.commit(id, report)),
    send: (route, text) => {
      this.sent.push({ route, text });
      return this.answer();
    },
    wakeSession: (sessionKey, text, isPrivate) => {
      this.woken.push({ sessionKey, text, isPrivate });
      return this.wakes();
    },
    problem: (message) => this.problems.push(message),
  });

  constructor(...results: readonly PendingDelivery[]) {
    for (const result of results) this.results.set(result.owner.id, result);
  }

  /** Somebody else decides something meanwhile. */
  commit(id: string, report: DeliveryReport): boolean {
    const open = this.results.get(id);
    const drafts = open === undefined ? [] : decideDelivery(open.delivery, report, this.now * 1000);
    for (const { event: name, delivery: change } of drafts) this.evolve(id, name, change);
    if (drafts.length > 0) this.outbox.update(this.open());
    return drafts.length > 0;
  }

  /** Somebody dismisses a result behind the outbox's back: its list still has it. */
  dismiss(id: string): void {
    this.evolve(id, "delivery.dismissed", { dueAt: null });
  }

  private evolve(id: string, name: Parameters<typeof evolveDelivery>[1]["name"], change: object): void {
    const open = this.results.get(id);
    if (open === undefined) return;
    const timestamp = formatMicros(this.now * 1000);
    this.results.set(id, { ...open, delivery: evolveDelivery(open.delivery, { name, timestamp, change }) });
  }

  private open(): PendingDelivery[] {
    return [...this.results.values()].filter(
      ({ delivery: { state, dueAt } }) =>
        ["pending", "sending"].includes(state) || (state === "session_queued" && dueAt !== null),
    );
  }

  add(...results: readonly PendingDelivery[]): void {
    for (const result of results) this.results.set(result.owner.id, result);
  }

  getDelivery(id: string): DeliveryRecord | undefined {
    return this.results.get(id)?.delivery;
  }

  get states(): string[] {
    return [...this.results.values()].map((open) => `${open.owner.id} ${open.delivery.state}`);
  }

  /** Lets time pass, hands over what is open, and lets all that follows happen. */
  async run(later = 0): Promise<void> {
    this.now += later;
    this.outbox.update(this.open());
    await flush();
  }

  /** The host has sent a message to the requester. */
  async messageSent(more: Partial<SentMessage>): Promise<void> {
    const plain = { channel: "telegram", to: ROUTE.to, content: "", success: true, error: undefined };
    const message = { ...plain, messageId: undefined, sessionKey: undefined, runId: undefined, ...more };
    this.outbox.handleEvent({ kind: "message_sent", message });
    await flush();
  }

  /** A turn of an agent ends. */
  async turnEnds(more: Partial<TurnEnd> = {}): Promise<void> {
    const plain = { runId: "turn", continued: false, sessionKey: REQUESTER, status: "succeeded" } as const;
    const event: HostEvent = {
      kind: "turn_ended",
      turn: { ...plain, text: "words", error: undefined, disposition: "visible", delivery: undefined, ...more },
    };
    this.outbox.handleEvent(event);
    await flush();
  }
}

async function flush(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}
