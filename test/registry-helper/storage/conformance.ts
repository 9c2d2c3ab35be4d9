import { describe, expect, it } from "vitest";
import { commit, commitAll, type CommandRequest } from "../../../registry-helper/registry/commit.ts";
import type { Journal } from "../../../registry-helper/storage/journal.ts";
import { JournalMoved } from "../../../registry-helper/storage/journal-file.ts";
import type { Aggregate } from "../../../registry-helper/model/aggregate.ts";
import type { Micros } from "../../../registry-helper/model/time.ts";
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
  refused: Command | undefined;
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

  describe(`${name} keeps the contract of a journal`, () => {
    const setUp = () => {
      const under = make();
      const run = (journal: Journal<State, Event, Command>, request: CommandRequest<State, Command>) =>
        commit({ journal, aggregate: under.aggregate, now: tick, request });
      const look = (journal = under.open()) => journal.transact(({ state, seq }) => ({ state, seq }));
      return { ...under, run, look };
    };

    it("a committed command is there for everybody who opens the journal", () => {
      const { open, run, look, command, shows } = setUp();
      run(open(), { command: command(1) });
      expect(shows(look().state, 1)).toBe(true);
      expect(shows(look().state, 2)).toBe(false);
    });

    it("the position grows by one for each event", () => {
      const { open, run, look, command, several } = setUp();
      const before = look().seq;
      const one = run(open(), { command: command(1) }).events.length;
      const more = run(open(), { command: several }).events.length;
      expect(more).toBeGreaterThan(1);
      expect(look().seq).toBe(before + one + more);
    });

    it("two handles see each other's commits in turn", () => {
      const { open, run, look, command, shows } = setUp();
      const [left, right] = [open(), open()];
      for (let n = 1; n <= 6; n += 1) run(n % 2 ? left : right, { command: command(n) });
      for (const journal of [left, right])
        for (let n = 1; n <= 6; n += 1) expect(shows(look(journal).state, n)).toBe(n === 6 || shows(look().state, n));
      expect(look(left).seq).toBe(look(right).seq);
    });

    it("a repeated key gives the first answer, all of its events, and writes nothing", () => {
      const { open, run, look, command, several } = setUp();
      const first = run(open(), { command: several, key: "k" });
      run(open(), { command: command(1) });
      const before = look().seq;
      const again = run(open(), { command: several, key: "k" });
      expect(again.replayed).toBe(true);
      expect(again.events).toEqual(first.events);
      expect(look().seq).toBe(before);
    });

    it("the state of a repeated key is that right after the first time", () => {
      const { open, run, command, shows } = setUp();
      run(open(), { command: command(1), key: "k" });
      run(open(), { command: command(2) });
      const again = run(open(), { command: command(1), key: "k" });
      expect(shows(again.state, 1)).toBe(true);
      expect(shows(again.state, 2)).toBe(false);
    });

    it("a key that is used for another command is a conflict", () => {
      const { open, run, look, command } = setUp();
      run(open(), { command: command(1), key: "k" });
      const before = look().seq;
      expect(() => run(open(), { command: command(2), key: "k" })).toThrow(
        expect.objectContaining({ code: "idempotency_conflict" }),
      );
      expect(look().seq).toBe(before);
    });

    it("a key that was never used is not found", () => {
      const { open, run, command } = setUp();
      run(open(), { command: command(1), key: "k" });
      expect(open().transact((transaction) => transaction.findOperation("other"))).toBeUndefined();
    });

    it("a group commits together; one with a key twice in it is written once", () => {
      const { open, look, aggregate, command, shows } = setUp();
      const before = look().seq;
      const requests = [{ command: command(1), key: "k" }, { command: command(1), key: "k" }, { command: command(2) }];
      const outcomes = commitAll({ journal: open(), aggregate, now: tick, requests });
      expect(outcomes.map((outcome) => ("error" in outcome ? "error" : outcome.replayed))).toEqual([
        false,
        true,
        false,
      ]);
      expect(shows(look().state, 2)).toBe(true);
      expect(look().seq - before).toBe(
        outcomes.reduce(
          (sum, outcome) => sum + ("error" in outcome || outcome.replayed ? 0 : outcome.events.length),
          0,
        ),
      );
    });

    it("one of a group that is refused fails alone", () => {
      const { open, look, aggregate, command, refused, shows } = setUp();
      if (refused === undefined) return expect(refused).toBeUndefined();
      const outcomes = commitAll({
        journal: open(),
        aggregate,
        now: tick,
        requests: [{ command: refused }, { command: command(1) }],
      });
      expect(outcomes[0]).toHaveProperty("error");
      expect(shows(look().state, 1)).toBe(true);
    });

    it("an append on an old position is refused, and the command is decided again", () => {
      const { open, run, look, aggregate, command, shows } = setUp();
      run(open(), { command: command(1) });
      let raced = false;
      const journal = open();
      const overtaken: Journal<State, Event, Command> = {
        transact: (work) =>
          journal.transact((transaction) => {
            if (raced) return work(transaction);
            raced = true;
            throw new JournalMoved();
          }),
      };
      commit({ journal: overtaken, aggregate, now: tick, request: { command: command(2) } });
      expect(raced).toBe(true);
      expect(shows(look().state, 2)).toBe(true);
    });

    it("an error in the work leaves the journal as it was, and free", () => {
      const { open, run, look, command, shows } = setUp();
      run(open(), { command: command(1) });
      const before = look().seq;
      const journal = open();
      expect(() =>
        journal.transact(() => {
          throw new Error("of the work");
        }),
      ).toThrow("of the work");
      expect(look(journal).seq).toBe(before);
      run(journal, { command: command(2) });
      expect(shows(look().state, 2)).toBe(true);
    });
  });
}
