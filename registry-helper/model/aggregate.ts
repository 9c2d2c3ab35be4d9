import type { Micros } from "./time.ts";

/** The pure heart of one kind of record: what a command changes, and what an event means. */
export interface Aggregate<State, Event, Draft, Command> {
  decide(state: State | undefined, command: Command, context: { now: Micros }): Draft[];
  /** Gives a draft its place and time. */
  stamp(
    draft: Draft,
    place: { state: State | undefined; seq: number; now: Micros; operation?: OperationHeader },
  ): Event;
  evolve(state: State | undefined, event: Event): State;
  /**
   * Says on the first event of an operation without a key how many it has, as the journal is to have it. Left away
   * where each line counts by itself.
   */
  spanning?(first: Event, span: number): Event;
}

/** Written on the first event of an operation that carries an idempotency key. */
export interface OperationHeader {
  key: string;
  digest: string;
  /** How many events the operation has. */
  span: number;
}
