import { describe, expect, it } from "vitest";
import type { Aggregate } from "../../../registry-helper/model/aggregate.ts";
import type { Micros } from "../../../registry-helper/model/time.ts";
import { commit, commitAll, type CommandRequest } from "../../../registry-helper/registry/commit.ts";
import { ConcurrentAppendError } from "../../../registry-helper/storage/journal-file.ts";
import type { Journal } from "../../../registry-helper/storage/journal.ts";
import { NOON } from "../../support/played-run.ts";

/** What the suite needs of a kind of journal. */
export interface JournalUnderTest<State, Event, Draft, Command> {
  aggregate: Aggregate<State, Event, Draft, Command>;
  /** Another handle on the same journal, as another process would have. */
  open: () => Journal<State, Event, Command>;
  /** A command that always writes at least one event, different for each number. */
  command: (n: number) => Command;
  /** A command that writes several events. */
  several: Command;
  /** A command that is refused. */
  invalid: Command | undefined;
  /** What the state says about `command(n)`: true once it was committed. */
  shows: (state: State | undefined, n: number) => boolean;
}

/** Every journal passes this suite, whatever it is kept in. `make` gives a fresh journal for each test. */
export function journalConformance<State, Event, Draft, Command>(
  name: string,
  make: () => JournalUnderTest<State, Event, Draft, Command>,
): void {
  let now: Micros = NOON;
  const tick = (): Micros => (now += 1000);

  describe(`${name} as a journal`, () => {
    const setUp = () => {
      const under = make();
      const run = (journal: Journal<State, Event, Command>, request: CommandRequest<State, Command>) =>
        commit({ journal, aggregate: under.aggregate, now: tick, request });
      const readState = (journal = under.open()) => journal.transact(({ state, seq }) => ({ state, seq }));
      return { ...under, run, readState };
    };

    it("makes a committed command visible to every reader that opens it", () => {
      const { open, run, readState, command, shows } = setUp();
      run(open(), { command: command(1) });
      expect(shows(readState().state, 1)).toBe(true);
      expect(shows(readState().state, 2)).toBe(false);
    });

    it("increases the position by one for each event", () => {
      const { open, run, readState, command, several } = setUp();
      const before = readState().seq;
      const one = run(open(), { command: command(1) }).events.length;
      const more = run(open(), { command: several }).events.length;
      expect(more).toBeGreaterThan(1);
      expect(readState().seq).toBe(before + one + more);
    });

    it("shows two handles each other's commits", () => {
      const { open, run, readState, command, shows } = setUp();
      const [left, right] = [open(), open()];
      for (let n = 1; n <= 6; n += 1) run(n % 2 ? left : right, { command: command(n) });
      for (const journal of [left, right])
        for (let n = 1; n <= 6; n += 1)
          expect(shows(readState(journal).state, n)).toBe(n === 6 || shows(readState().state, n));
      expect(readState(left).seq).toBe(readState(right).seq);
    });

    it("returns the first answer with all events for a repeated key and writes nothing", () => {
      const { open, run, readState, command, several } = setUp();
      const first = run(open(), { command: several, key: "k" });
      run(open(), { command: command(1) });
      const before = readState().seq;
      const again = run(open(), { command: several, key: "k" });
      expect(again.replayed).toBe(true);
      expect(again.events).toEqual(first.events);
      expect(readState().seq).toBe(before);
    });

    it("returns the state right after the first commit for a repeated key", () => {
      const { open, run, command, shows } = setUp();
      run(open(), { command: command(1), key: "k" });
      run(open(), { command: command(2) });
      const again = run(open(), { command: command(1), key: "k" });
      expect(shows(again.state, 1)).toBe(true);
      expect(shows(again.state, 2)).toBe(false);
    });

    it("rejects a key that was used for another command", () => {
      const { open, run, readState, command } = setUp();
      run(open(), { command: command(1), key: "k" });
      const before = readState().seq;
      expect(() => run(open(), { command: command(2), key: "k" })).toThrow(
        expect.objectContaining({ code: "idempotency_conflict" }),
      );
      expect(readState().seq).toBe(before);
    });

    it("does not find a key that was never used", () => {
      const { open, run, command } = setUp();
      run(open(), { command: command(1), key: "k" });
      expect(open().transact((transaction) => transaction.findOperation("other"))).toBeUndefined();
    });

    it("commits a group together and writes a repeated key in it once", () => {
      const { open, readState, aggregate, command, shows } = setUp();
      const before = readState().seq;
      const requests = [{ command: command(1), key: "k" }, { command: command(1), key: "k" }, { command: command(2) }];
      const outcomes = commitAll({ journal: open(), aggregate, now: tick, requests });
      expect(outcomes.map((outcome) => ("error" in outcome ? "error" : outcome.replayed))).toEqual([
        false,
        true,
        false,
      ]);
      expect(shows(readState().state, 2)).toBe(true);
      expect(readState().seq - before).toBe(
        outcomes.reduce(
          (sum, outcome) => sum + ("error" in outcome || outcome.replayed ? 0 : outcome.events.length),
          0,
        ),
      );
    });

    it("rejects an invalid command of a group without affecting the others", () => {
      const { open, readState, aggregate, command, invalid, shows } = setUp();
      if (invalid === undefined) return expect(invalid).toBeUndefined();
      const outcomes = commitAll({
        journal: open(),
        aggregate,
        now: tick,
        requests: [{ command: invalid }, { command: command(1) }],
      });
      expect(outcomes[0]).toHaveProperty("error");
      expect(shows(readState().state, 1)).toBe(true);
    });

    it("rejects an append at an old position and decides the command again", () => {
      const { open, run, readState, aggregate, command, shows } = setUp();
      run(open(), { command: command(1) });
      let raced = false;
      const journal = open();
      const contended: Journal<State, Event, Command> = {
        transact: (work) =>
          journal.transact((transaction) => {
            if (raced) return work(transaction);
            raced = true;
            throw new ConcurrentAppendError();
          }),
      };
      commit({ journal: contended, aggregate, now: tick, request: { command: command(2) } });
      expect(raced).toBe(true);
      expect(shows(readState().state, 2)).toBe(true);
    });

    it("stays unchanged and unlocked when the work throws", () => {
      const { open, run, readState, command, shows } = setUp();
      run(open(), { command: command(1) });
      const before = readState().seq;
      const journal = open();
      expect(() =>
        journal.transact(() => {
          throw new Error("of the work");
        }),
      ).toThrow("of the work");
      expect(readState(journal).seq).toBe(before);
      run(journal, { command: command(2) });
      expect(shows(readState().state, 2)).toBe(true);
    });
  });
}
