import type { DeliveryReport, Route } from "../../registry-helper/index.ts";
import type { HostEvent } from "../host/host-events.ts";
import type { OpenDelivery } from "../recorder/open-delivery.ts";
import { HostFacts } from "./host-facts.ts";
import { judge } from "./judge.ts";
import { noticeText } from "./notice-text.ts";

export interface OutboxOptions {
  now: () => number;
  /** False while another gateway may be sending for the same registry. */
  mayAct: () => boolean;
  /** Commits a report to the record; true when it changed something. */
  report: (owner: OpenDelivery["owner"], report: DeliveryReport) => Promise<boolean>;
  send: (route: Route, text: string) => Promise<DeliveryReport>;
  problem: (message: string) => void;
}

/** Channels without an address that a message could be pushed to. */
const SESSION_ONLY_CHANNELS = ["webchat"];

/**
 * Brings results to their requesters: watches whether somebody else told, and sends when nobody did.
 * `sending` is on disk before the send, so that a crash in between is seen as what it is: ambiguous.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private readonly facts = new HostFacts();
  private readonly busy = new Map<string, Promise<void>>();
  /** What this process is sending: a `sending` that is not in here was left by a process that died. */
  private readonly sending = new Set<string>();
  /** When each was last sent by us: what the host said of an earlier try does not count for the last one. */
  private readonly triedAt = new Map<string, number>();
  private open: readonly OpenDelivery[] = [];
  private stopped = false;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  /** Takes the list of results that are still to be told. */
  update(open: readonly OpenDelivery[]): void {
    this.open = open;
    const keys = new Set(open.map(keyOf));
    for (const key of this.triedAt.keys()) if (!keys.has(key)) this.triedAt.delete(key);
    this.tick();
  }

  hear(event: HostEvent): void {
    if (this.facts.note(event, this.options.now())) this.tick();
  }

  /** Looks at every open delivery once. Called on news and every second. */
  tick(): void {
    if (this.stopped || !this.options.mayAct()) return;
    for (const open of this.open) {
      const key = keyOf(open);
      if (this.busy.has(key)) continue;
      const acting = Promise.resolve()
        .then(() => this.act(key, open))
        .catch((error: unknown) =>
          this.options.problem(`delivery of ${key}: ${error instanceof Error ? error.message : String(error)}`),
        )
        .finally(() => this.busy.delete(key));
      this.busy.set(key, acting);
    }
  }

  /** Begins nothing more, and resolves once what is on its way has its outcome: else it would be ambiguous. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.busy.values());
  }

  private async act(key: string, open: OpenDelivery): Promise<void> {
    const { delivery, owner } = open;
    if (delivery.state === "sending") {
      if (this.sending.has(key)) return;
      await this.options.report(owner, {
        kind: "unknown",
        reason: "the gateway stopped while the message was on its way",
      });
      return;
    }
    if (delivery.sender === "host") {
      const since = this.triedAt.get(key) ?? 0;
      const facts = this.facts.all().filter((fact) => fact.at >= since);
      const report = judge(open, facts, this.options.now());
      if (report !== undefined) await this.options.report(owner, report);
      return;
    }
    if (delivery.dueAt !== null && this.options.now() < Date.parse(delivery.dueAt)) return;
    await this.send(key, open);
  }

  private async send(key: string, open: OpenDelivery): Promise<void> {
    const { owner } = open;
    const { route } = open.delivery;
    const refusal = route === null ? "the requester has no channel" : cannotPush(open, route);
    if (route === null || refusal !== undefined) {
      await this.options.report(owner, { kind: "refused", reason: refusal ?? "", final: true });
      return;
    }
    this.sending.add(key);
    try {
      if (!(await this.options.report(owner, { kind: "sending" }))) return;
      this.triedAt.set(key, this.options.now());
      await this.options.report(owner, await this.options.send(route, noticeText(open)));
    } finally {
      this.sending.delete(key);
    }
  }
}

function keyOf({ owner, delivery }: OpenDelivery): string {
  return `${owner.kind}:${owner.id}:${delivery.generation}`;
}

/** Why a message cannot be pushed to this requester; undefined when it can. */
function cannotPush(open: OpenDelivery, route: Route): string | undefined {
  if (SESSION_ONLY_CHANNELS.includes(route.channel))
    return `${route.channel} has no address that a message can be pushed to`;
  const asker = open.owner.kind === "task" ? open.tellers[0] : undefined;
  if (asker?.includes(":subagent:") === true) return "the requester is a subagent itself; its own parent hears from it";
  return undefined;
}
