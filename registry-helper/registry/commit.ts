import type { Aggregate } from "../model/aggregate.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { EventOrigin } from "../model/event-origin.ts";
import { sha256 } from "../model/hash.ts";
import { findExceededBound } from "../model/json.ts";
import { MAX_EVENT_DEPTH, MAX_KEY_LENGTH, MAX_RECORD_VALUES } from "../model/limits.ts";
import type { Micros } from "../model/time.ts";
import { ConcurrentAppendError } from "../storage/journal-file.ts";
import type { Journal, RecordedOperation, Transaction } from "../storage/journal.ts";
import type { PlacedFile } from "../storage/place-file.ts";
import { storageError } from "../storage/storage-errors.ts";

export interface CommandRequest<State, Command, Event = unknown> {
  command: Command;
  /** Looks up facts that the decision needs (does a file exist?) once the state is known, under the lock. */
  loadFacts?: ((state: State | undefined, command: Command) => Command) | undefined;
  /**
   * Writes the files that the events speak of, under the lock and before the events: a crash in between leaves files
   * that nothing speaks of, never events that speak of files that are not there. When it fails, nothing has happened.
   */
  beforeAppend?: ((events: readonly Event[], state: State) => void) | undefined;
  /**
   * Finishes what the events speak of, under the lock, once they are durable. A crash may come before it, and it must not
   * fail: the operation is done.
   */
  afterAppend?: ((events: readonly Event[], state: State) => void) | undefined;
  /** As `beforeAppend`, for a file that may take another's place: it is taken back when another writer was first. */
  place?: (() => PlacedFile) | undefined;
  /** What makes the command the same command for its idempotency key, when that is not all of it. */
  idempotencyPayload?: unknown;
  /** The same key again returns the first answer and writes nothing. */
  key?: string | undefined;
  /**
   * Refuses, by throwing, when what the caller saw is no longer what is there. Asked under the lock; not of a repeated
   * command, whose caller may have read on since.
   */
  precondition?: ((seen: { state: State | undefined; seq: number }) => void) | undefined;
}

export interface Committed<State, Event> {
  /** Empty when there was nothing to do. */
  events: Event[];
  state: State;
  /** True when the key had been used before: events and state are those of the first time. */
  replayed: boolean;
  notices: readonly string[];
}

/** Adds to an event what has to be seen at the moment of its commit, under the lock. */
type Amend<State, Event> = (event: Event, before: State | undefined) => Event;

export type CommandOutcome<State, Event> = Committed<State, Event> | { error: unknown };

/** How often an operation is decided again because a writer without a lock was faster. */
const MAX_REDECISIONS = 8;

/**
 * The one door: everything that changes a registry goes through here. Locks the journal, loads the state,
 * decides, appends all events in one flushed write, and projects. When it returns, the change is durable.
 *
 * @throws ClawTaskError what `decide` or the storage says; nothing has been written then
 */
export function commit<State, Event, Draft, Command>(options: {
  journal: Journal<State, Event, Command>;
  aggregate: Aggregate<State, Event, Draft, Command>;
  now: () => Micros;
  origin?: EventOrigin | undefined;
  amend?: Amend<State, Event> | undefined;
  request: CommandRequest<State, Command, NoInfer<Event>>;
}): Committed<State, Event> {
  const { request, ...rest } = options;
  const [outcome] = commitAll({ ...rest, requests: [request] });
  if (outcome === undefined || "error" in outcome) throw outcome?.error;
  return outcome;
}

/**
 * Commits several commands with one append and one flush (group commit). Each is decided on the state that
 * the one before it left; one that is refused fails alone.
 */
export function commitAll<State, Event, Draft, Command>(options: {
  journal: Journal<State, Event, Command>;
  aggregate: Aggregate<State, Event, Draft, Command>;
  now: () => Micros;
  /** Where the commands came from: written on each event, unless the event says better. */
  origin?: EventOrigin | undefined;
  amend?: Amend<State, Event> | undefined;
  requests: readonly CommandRequest<State, Command, NoInfer<Event>>[];
}): CommandOutcome<State, Event>[] {
  for (const { key } of options.requests) requireKey(key);
  for (let round = 0; ; round += 1) {
    try {
      return options.journal.transact((transaction) => decideAndAppend(transaction, options));
    } catch (error) {
      if (!(error instanceof ConcurrentAppendError) || round >= MAX_REDECISIONS) throw error;
    }
  }
}

function decideAndAppend<State, Event, Draft, Command>(
  transaction: Transaction<State, Event, Command>,
  options: {
    aggregate: Aggregate<State, Event, Draft, Command>;
    now: () => Micros;
    origin?: EventOrigin | undefined;
    amend?: Amend<State, Event> | undefined;
    requests: readonly CommandRequest<State, Command, NoInfer<Event>>[];
  },
): CommandOutcome<State, Event>[] {
  const { aggregate } = options;
  const { notices } = transaction;
  const now = options.now();
  let state = transaction.state;
  let seq = transaction.seq;
  const lines: Event[] = [];
  const thisRound = new Map<string, RecordedOperation<State, Event>>();
  const placed: PlacedFile[] = [];
  const finish: (() => void)[] = [];

  const run = (
    command: Command,
    idempotency?: { key: string; digest: string },
    files: Pick<CommandRequest<State, Command, Event>, "beforeAppend" | "afterAppend" | "place"> = {},
  ): Event[] => {
    const drafts = aggregate.decide(state, command, { now });
    const events: Event[] = [];
    let after = state;
    for (const draft of drafts) {
      const operation =
        idempotency !== undefined && events.length === 0 ? { ...idempotency, span: drafts.length } : undefined;
      const place = seq + events.length + 1;
      const stamped = aggregate.stamp(draft, { state: after, seq: place, now, ...(operation ? { operation } : {}) });
      const amended = options.amend?.(stamped, after) ?? stamped;
      const event = withOrigin(amended, options.origin);
      after = aggregate.evolve(after, event);
      events.push(event);
    }
    requireReadable(events);
    if (events.length > 0) {
      if (files.place !== undefined) placed.push(files.place());
      files.beforeAppend?.(events, after as State);
      const { afterAppend } = files;
      const reached = after as State;
      if (afterAppend !== undefined) finish.push(() => afterAppend(events, reached));
    }
    state = after;
    seq += events.length;
    // Events with a key carry it already.
    const isUnkeyed = idempotency === undefined && events.length > 1;
    for (const [index, event] of events.entries())
      lines.push((isUnkeyed && index === 0 ? aggregate.spanning?.(event, events.length) : undefined) ?? event);
    return events;
  };

  if (transaction.preamble !== undefined) run(transaction.preamble);
  const preambleLines = lines.length;

  const outcomes = options.requests.map((request): CommandOutcome<State, Event> => {
    const { command, loadFacts, idempotencyPayload, key, precondition } = request;
    try {
      requireReadable(idempotencyPayload ?? command);
      const idempotency = key === undefined ? undefined : { key, digest: digestCommand(idempotencyPayload ?? command) };
      const earlier = idempotency && (thisRound.get(idempotency.key) ?? transaction.findOperation(idempotency.key));
      if (idempotency !== undefined && earlier !== undefined) {
        requireSameCommand(idempotency, earlier.digest);
        return { events: earlier.events, state: earlier.state, replayed: true, notices };
      }
      // An adoption that is about to be written is nothing that the caller could have seen.
      precondition?.({ state, seq: seq - preambleLines });
      const events = run(loadFacts ? loadFacts(state, command) : command, idempotency, request);
      if (idempotency !== undefined && events.length > 0)
        thisRound.set(idempotency.key, { digest: idempotency.digest, events, state: state as State });
      return { events, state: state as State, replayed: false, notices };
    } catch (error) {
      // What another writer did meanwhile decides what becomes of all of them.
      if (error instanceof ConcurrentAppendError) throw error;
      return { error: storageError(error, "the registry") };
    }
  });

  if (lines.length > preambleLines) {
    append(transaction, { lines, state: state as State, placed });
    for (const step of finish) step();
  }
  return outcomes;
}

function append<State, Event, Command>(
  transaction: Transaction<State, Event, Command>,
  what: { lines: readonly Event[]; state: State; placed: readonly PlacedFile[] },
): void {
  try {
    transaction.append(what.lines, what.state);
  } catch (error) {
    if (error instanceof ConcurrentAppendError) for (const file of what.placed) file.takeBack();
    throw error;
  }
  for (const file of what.placed) file.keep();
}

/** A line of a file that others write says so itself: whoever happened to read it did not write it. */
function withOrigin<Event>(event: Event, origin: EventOrigin | undefined): Event {
  if (origin === undefined || (event as Partial<EventOrigin>).via !== undefined) return event;
  const { via, session } = origin;
  return { ...event, via, ...(session === undefined ? {} : { session }) };
}

/** Whatever a surface let through: what is written can be read again, and does not overflow the stack of a writer. */
function requireReadable(value: unknown): void {
  const exceeded = findExceededBound(value, { depth: MAX_EVENT_DEPTH, values: MAX_RECORD_VALUES });
  if (exceeded === undefined) return;
  throw new ClawTaskError("too_large", {
    message: `this is too large for a journal: ${exceeded}`,
    remedy: { hint: "put large content into a file of the run and name its path" },
  });
}

function requireKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= MAX_KEY_LENGTH)) return;
  throw new ClawTaskError("too_large", {
    message: `an idempotency key has 1 to ${MAX_KEY_LENGTH} characters, this one ${key.length}`,
    remedy: { hint: "use a short name for the operation, such as <run id>:<node id>:<attempt>:completed" },
  });
}

function requireSameCommand(idempotency: { key: string; digest: string }, digest: string | undefined): void {
  if (digest === idempotency.digest) return;
  throw new ClawTaskError("idempotency_conflict", {
    message: `the idempotency key ${idempotency.key} was used before with another command`,
    remedy: { hint: "use a new key for a new operation; repeat a command unchanged to get its first answer" },
  });
}

/** Names the content of a command, so that a key that is used again for something else is noticed. */
export function digestCommand(command: unknown): string {
  return sha256(JSON.stringify(command)).slice(0, 16);
}
