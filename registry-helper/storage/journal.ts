/**
 * What `commit` needs of a journal. Files implement it here; a PostgreSQL journal would be one more folder
 * that passes the same conformance suite (test/registry-helper/journal).
 */
export interface Journal<State, Event, Command> {
  /** Runs `work` while no other writer of this journal runs; several processes may call it at once. */
  transact<Result>(work: (transaction: Transaction<State, Event, Command>) => Result): Result;
}

export interface Transaction<State, Event, Command> {
  /** The state as of `seq`; undefined when the journal is empty. */
  readonly state: State | undefined;
  readonly seq: number;
  /** A command that must be committed before any other, such as the adoption of a foreign run. */
  readonly preamble?: Command;
  /** What the writer should tell about the journal's condition, such as a torn tail that was voided. */
  readonly notices: readonly string[];
  /** The operation that was committed under an idempotency key before. */
  findOperation(key: string): RecordedOperation<State, Event> | undefined;
  /**
   * Appends events in one durable write, then brings the projections up to date.
   *
   * @throws ConcurrentAppendError when another writer was first; nothing of these events counts then
   */
  append(events: readonly Event[], state: State): void;
}

/** A committed operation as it can be read back: its events, and the state right after them. */
export interface RecordedOperation<State, Event> {
  digest: string | undefined;
  events: Event[];
  state: State;
}
