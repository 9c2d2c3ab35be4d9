import {
  type DeliveryReport,
  type DeliveryRoute,
  getDeliveryDeadline,
  getErrorMessage,
  isDeliveryDue,
} from "../../registry-helper/internal.ts";
import type { HostEvent } from "../host/events/host-events.ts";
import { confirmDelivery, confirmReannouncement } from "./confirm-delivery.ts";
import { sharedNoticeText } from "./message-text.ts";
import type { AnswerButton, DeliveryOwner, PendingDelivery } from "./pending-delivery.ts";
import { findDirectProof } from "./proof/evidence.ts";
import { type HostAction, RecentHostActivity } from "./recent-host-activity.ts";
import { SendBatcher } from "./send-batches.ts";
import { isInternal, wakeableSession, whyNotPushed } from "./session-fallback.ts";

export interface OutboxOptions {
  now: () => number;
  /** False while another gateway may be sending for the same registry. */
  mayAct: () => boolean;
  /** Commits a report to the record; true when it changed something, undefined when nobody knows whether it did. */
  report: (owner: DeliveryOwner, report: DeliveryReport) => Promise<boolean | undefined>;
  /** @param buttons what may be answered with one press, where the channel has buttons */
  send: (route: DeliveryRoute, text: string, buttons: readonly AnswerButton[]) => Promise<DeliveryReport>;
  /**
   * Puts a text before the agent of a session, and wakes it; what it says about a private one goes nowhere. False when
   * the host would not.
   */
  wakeSession: (sessionKey: string, text: string, isPrivate: boolean) => Promise<boolean>;
  problem: (message: string) => void;
}

/** How much of a message is kept to recognize what the host says about it later. */
const SENT_TEXT_LENGTH = 80;

/**
 * A gateway that has just started announces anew what it could not before, and is given this long for it, in
 * milliseconds. Measured: 5 to 24 s.
 */
export const REANNOUNCE_TIMEOUT_MS = 60_000;

const NOT_HANDED_OVER: DeliveryReport = {
  kind: "refused",
  reason: "it was not handed over: the ledger gave no answer",
  final: false,
};

/**
 * Brings results to their requesters: watches whether somebody else told, and sends when nobody did.
 * `sending` is on disk before the send, so that a crash in between is seen as what it is: ambiguous.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private readonly facts = new RecentHostActivity();
  private readonly batcher = new SendBatcher();
  private readonly busy = new Map<string, Promise<void>>();
  /** What this process is sending: a `sending` that is not in here was left by a process that died. */
  private readonly sending = new Set<string>();
  /** When each was last sent by us: what the host said of an earlier try does not count for the last one. */
  private readonly triedAt = new Map<string, number>();
  /** Until when each that is being sent is tried. */
  private readonly deadlines = new Map<string, string>();
  /** What became of messages and is not on record yet: it is what is reported, and nothing is done a second time. */
  private readonly outcomes = new Map<string, DeliveryReport>();
  /** Which result a direct message of the host was taken for. */
  private readonly claims = new WeakMap<HostAction, string>();
  private readonly startedAt: number;
  private open: readonly PendingDelivery[] = [];
  private stopped = false;

  constructor(options: OutboxOptions) {
    this.options = options;
    this.startedAt = options.now();
  }

  /** Takes the list of results that are still to be told. */
  update(open: readonly PendingDelivery[]): void {
    this.open = open;
    const keys = new Set(open.map(getKey));
    for (const known of [this.triedAt, this.deadlines, this.outcomes])
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    this.tick();
  }

  handleEvent(event: HostEvent): void {
    if (this.facts.note(event, this.options.now())) this.tick();
  }

  /** How many deliveries somebody still has to act on. */
  get length(): number {
    return this.open.length;
  }

  /** Looks at every open delivery once. Called on news and every second. */
  tick(): void {
    if (this.stopped || !this.options.mayAct()) return;
    const due: PendingDelivery[] = [];
    for (const open of this.open) {
      if (this.busy.has(getKey(open))) continue;
      const reannouncement = this.findReannouncement(open);
      if (reannouncement?.kind === "host_confirmed")
        this.runExclusive([open], async () => {
          await this.options.report(open.owner, reannouncement);
        });
      else if (reannouncement === undefined && this.awaitsReannouncement(open)) continue;
      else if (this.isToSend(open)) due.push(open);
      else if (open.delivery.state !== "pending" || open.delivery.sender === "host")
        this.runExclusive([open], () => this.check(open));
    }
    for (const { route, group } of this.batcher.ready(due, this.options.now()))
      this.runExclusive(group, () => this.send(route, group));
  }

  /** Begins nothing more, and resolves once what is on its way has its outcome: else it would be ambiguous. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.busy.values());
  }

  private runExclusive(group: readonly PendingDelivery[], act: () => Promise<void>): void {
    const keys = group.map(getKey);
    const acting = Promise.resolve()
      .then(act)
      .catch((error: unknown) => this.options.problem(`delivery of ${keys.join(", ")}: ${getErrorMessage(error)}`))
      .finally(() => {
        for (const key of keys) this.busy.delete(key);
      });
    for (const key of keys) this.busy.set(key, acting);
  }

  private isToSend({ owner, delivery, subtreeEndedAt }: PendingDelivery): boolean {
    if (delivery.state !== "pending" || delivery.sender !== "clawtask") return false;
    // Work below it goes on: what it said so far is not its result.
    if (owner.kind === "task" && subtreeEndedAt === null) return false;
    return delivery.dueAt === null || isDeliveryDue(delivery.dueAt, this.options.now() * 1000);
  }

  /** What became of the host's own further try to tell what we took over from it; undefined when there was none. */
  private findReannouncement(open: PendingDelivery): DeliveryReport | undefined {
    if (!isTakenOver(open)) return undefined;
    const facts = this.unclaimed(open);
    const report = confirmReannouncement(open, facts);
    if (report?.kind === "host_confirmed") this.claim(open, facts);
    return report;
  }

  /** One message proves one result. */
  private claim(open: PendingDelivery, facts: readonly HostAction[]): void {
    const proof = findDirectProof(open, facts);
    if (proof !== undefined) this.claims.set(proof, getKey(open));
  }

  private unclaimed(open: PendingDelivery): HostAction[] {
    return this.facts.all().filter((fact) => (this.claims.get(fact) ?? getKey(open)) === getKey(open));
  }

  /**
   * A gateway that was started anew announces anew what it could not before: two voices would tell it twice. When
   * nothing comes in time, it is ours as before.
   */
  private awaitsReannouncement(open: PendingDelivery): boolean {
    return isTakenOver(open) && open.hostMayRetry && this.options.now() - this.startedAt < REANNOUNCE_TIMEOUT_MS;
  }

  /** What the host did about a delivery that is not ours to send. */
  private async check(open: PendingDelivery): Promise<void> {
    const { delivery, owner } = open;
    const key = getKey(open);
    if (delivery.state === "sending") {
      if (this.sending.has(key)) return;
      const reason = "the gateway stopped while the message was on its way";
      await this.recordOutcome(open, this.outcomes.get(key) ?? { kind: "unknown", reason });
      return;
    }
    const since = this.triedAt.get(key) ?? 0;
    const facts = this.unclaimed(open).filter((fact) => fact.at >= since);
    const report = confirmDelivery(open, facts, this.options.now());
    if (report?.kind === "host_confirmed") this.claim(open, facts);
    if (report !== undefined) await this.options.report(owner, report);
  }

  /** One message for everything that is due on one route at this moment. */
  private async send(route: DeliveryRoute | null, due: readonly PendingDelivery[]): Promise<void> {
    const group: PendingDelivery[] = [];
    for (const open of due) {
      // Each asker counts: a child of a child and a person's own work may share a conversation.
      const reason = whyNotPushed(route, open);
      if (reason === undefined) group.push(open);
      else {
        const known = this.outcomes.get(getKey(open));
        await this.recordOutcome(
          open,
          known ?? (await this.fallBackToSession(open, { kind: "refused", reason, final: true })),
        );
      }
    }
    if (route === null || group.length === 0) return;
    const text = sharedNoticeText(group);
    const accepted: PendingDelivery[] = [];
    try {
      for (const open of group) {
        this.sending.add(getKey(open));
        const sentText = text.slice(0, SENT_TEXT_LENGTH);
        this.deadlines.set(getKey(open), getDeliveryDeadline(open.delivery, this.options.now() * 1000));
        const isRecorded = await this.options.report(open.owner, { kind: "sending", sentText });
        // The record may say by now that it is being sent, and it is not.
        if (isRecorded === undefined) this.outcomes.set(getKey(open), NOT_HANDED_OVER);
        if (isRecorded !== true) continue;
        this.outcomes.delete(getKey(open));
        this.triedAt.set(getKey(open), this.options.now());
        accepted.push(open);
      }
      if (accepted.length === 0) return;
      // Somebody else settled one of them meanwhile: the message says what is left.
      const message = accepted.length === group.length ? text : sharedNoticeText(accepted);
      // Buttons under several questions would not say which of them they answer.
      const [only] = accepted;
      const buttons = accepted.length === 1 ? (only?.buttons ?? []) : [];
      const answer = await this.options.send(route, message, buttons);
      for (const open of accepted) await this.recordOutcome(open, await this.fallBackToSession(open, answer));
    } finally {
      for (const open of group) this.sending.delete(getKey(open));
      this.batcher.sent(route, this.options.now());
    }
  }

  /** Records what became of a message; when that cannot be recorded now, it is known until it can. */
  private async recordOutcome(open: PendingDelivery, outcome: DeliveryReport): Promise<void> {
    this.outcomes.set(getKey(open), outcome);
    if (await this.options.report(open.owner, outcome)) this.outcomes.delete(getKey(open));
  }

  /** What no channel takes is put into the requester's session, where there is one that can be woken. */
  private async fallBackToSession(open: PendingDelivery, answer: DeliveryReport): Promise<DeliveryReport> {
    if (answer.kind !== "refused") return answer;
    const deadlineAt = this.deadlines.get(getKey(open)) ?? open.delivery.deadlineAt;
    const hasExpired = answer.final || isDeliveryDue(deadlineAt, this.options.now() * 1000);
    const sessionKey = wakeableSession(open);
    if (!hasExpired || sessionKey === undefined) return answer;
    const woken = await this.options.wakeSession(sessionKey, sharedNoticeText([open]), isInternal(open));
    if (!woken) return answer;
    this.triedAt.set(getKey(open), this.options.now());
    return { kind: "queued_in_session", reason: answer.reason };
  }
}

/** Ours to tell, and not because a person asked for it once more. */
function isTakenOver({ owner, delivery }: PendingDelivery): boolean {
  const { sender, state, generation } = delivery;
  return owner.kind === "task" && sender === "clawtask" && state === "pending" && generation === 1;
}

function getKey({ owner, delivery }: PendingDelivery): string {
  return `${owner.of ?? owner.kind}:${owner.id}:${delivery.generation}`;
}
