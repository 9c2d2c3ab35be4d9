import type { HostEvent, SentMessage, TurnEnd } from "../host/events/host-events.ts";

/** What the host did that may have told a requester something, with when we heard of it (epoch ms). */
export type HostFact =
  | { kind: "message"; at: number; message: SentMessage }
  | { kind: "turn_end"; at: number; turn: TurnEnd }
  | { kind: "child_ended"; at: number; runId: string | undefined; childSessionKey: string | undefined };

/** Facts are kept for as long as the host may take to announce something. */
export const FACT_KEPT_MS = 10 * 60_000;
const MOST_FACTS = 5_000;
/** Only the beginning of a message is needed to recognize it. */
const CONTENT_KEPT = 2_000;

/** A short memory of what the host said, so that an announcement that was faster than our disk still counts. */
export class HostFacts {
  private facts: HostFact[] = [];

  all(): readonly HostFact[] {
    return this.facts;
  }

  /** Remembers the event when it may matter for a delivery. Returns whether it does. */
  note(event: HostEvent, at: number): boolean {
    const fact = factOf(event, at);
    if (fact === undefined) return false;
    if (this.facts.length >= MOST_FACTS || at - (this.facts[0]?.at ?? at) > FACT_KEPT_MS) {
      this.facts = this.facts.filter((one) => at - one.at <= FACT_KEPT_MS).slice(-MOST_FACTS + 1);
    }
    this.facts.push(fact);
    return true;
  }
}

function factOf(event: HostEvent, at: number): HostFact | undefined {
  switch (event.kind) {
    case "message_sent":
      return {
        kind: "message",
        at,
        message: { ...event.message, content: event.message.content.slice(0, CONTENT_KEPT) },
      };
    case "turn_ended":
      return { kind: "turn_end", at, turn: { ...event.turn, text: event.turn.text?.slice(0, CONTENT_KEPT) } };
    case "child_ended":
      return { kind: "child_ended", at, runId: event.spawn.runId, childSessionKey: event.spawn.childSessionKey };
    default:
      return undefined;
  }
}
