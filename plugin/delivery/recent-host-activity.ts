import type { HostEvent, SentMessage, TurnEnd } from "../host/events/host-events.ts";

/** What the host did that may have told a requester something, with when we heard of it (epoch ms). */
export type HostAction =
  | { kind: "message"; at: number; message: SentMessage }
  | { kind: "turn_end"; at: number; turn: TurnEnd }
  | { kind: "child_ended"; at: number; runId: string | undefined; childSessionKey: string | undefined };

/** Facts are kept for as long as the host may take to announce something. */
export const ACTIVITY_RETENTION_MS = 10 * 60_000;
const MAX_ACTIONS = 5_000;
/** Only the beginning of a message is needed to recognize it. */
const MAX_CONTENT_LENGTH = 2_000;

/** A short memory of what the host said, so that an announcement that was faster than our disk still counts. */
export class RecentHostActivity {
  private facts: HostAction[] = [];
  /** Turns that go on, by run id: when they began. */
  private readonly begun = new Map<string, number>();

  all(): readonly HostAction[] {
    return this.facts;
  }

  /** Remembers the event when it may matter for a delivery. Returns whether it does. */
  note(event: HostEvent, at: number): boolean {
    if (event.kind === "turn_started") this.noteBeginning(event.runId, at);
    const fact = this.toHostAction(event, at);
    if (fact === undefined) return false;
    if (this.facts.length >= MAX_ACTIONS || at - (this.facts[0]?.at ?? at) > ACTIVITY_RETENTION_MS) {
      this.facts = this.facts.filter((one) => at - one.at <= ACTIVITY_RETENTION_MS).slice(-MAX_ACTIONS + 1);
    }
    this.facts.push(fact);
    return true;
  }

  /** A turn that is told of once more, since it goes on after its children, began when it was first told of. */
  private noteBeginning(runId: string, at: number): void {
    if (this.begun.has(runId)) return;
    if (this.begun.size >= MAX_ACTIONS) this.begun.delete(this.begun.keys().next().value ?? "");
    this.begun.set(runId, at);
  }

  private toHostAction(event: HostEvent, at: number): HostAction | undefined {
    switch (event.kind) {
      case "message_sent":
        return {
          kind: "message",
          at,
          message: { ...event.message, content: event.message.content.slice(0, MAX_CONTENT_LENGTH) },
        };
      case "turn_ended":
        return { kind: "turn_end", at, turn: this.withBeginning(event.turn) };
      case "child_ended":
        return { kind: "child_ended", at, runId: event.spawn.runId, childSessionKey: event.spawn.childSessionKey };
      default:
        return undefined;
    }
  }

  private withBeginning(turn: TurnEnd): TurnEnd {
    const startedAt = this.begun.get(turn.runId);
    this.begun.delete(turn.runId);
    const text = turn.text?.slice(0, MAX_CONTENT_LENGTH);
    return { ...turn, text, ...(startedAt === undefined ? {} : { startedAt }) };
  }
}
