import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isClawTaskError } from "../../../../registry-helper/model/errors.ts";
import { verifyFlow } from "../../../../registry-helper/operations/maintenance/verify-flow.ts";
import { commitFlow, loadFlow, createFlow } from "../../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { EMPTY_FLOW, foldFlow } from "../../../../registry-helper/storage/flow-fold.ts";
import { flowPaths } from "../../../../registry-helper/storage/flow-paths.ts";
import { interferingFileSystem } from "../../../support/failing-file-system.ts";
import { FlowModel, type FlowMove, type FlowVerdict } from "../../../support/flow-model.ts";
import type { FlowStep } from "../../../support/played-flow.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";
import { testSeed } from "../../../support/seeded-random.ts";

const settings = { seed: testSeed(), numRuns: Number(process.env["CLAWTASK_TEST_RUNS"] ?? 300) };
const LONG = 120_000;

const step = fc.option(fc.constantFrom("read", "write"), { nil: undefined });
const withStep = <T extends object>(more: T): fc.Arbitrary<T & { step?: string }> =>
  step.map((name) => (name === undefined ? more : { ...more, step: name }));
const name = fc.constantFrom("list", "count");
const value = fc.constantFrom(1, "two", { three: [3] });

/** The end comes seldom, or nothing would happen before it. */
const arbitraryStep: fc.Arbitrary<FlowStep> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("t-1", "t-2").chain((taskId) => withStep({ type: "link_task", taskId })) },
  { weight: 4, arbitrary: withStep({ type: "wait", wait: { kind: "event", name: "reply" } }) },
  { weight: 3, arbitrary: withStep({ type: "block", reason: "no key" }) },
  { weight: 6, arbitrary: withStep({ type: "resume" }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("set_output"), name, value }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("append_output"), name, value }) },
  { weight: 4, arbitrary: withStep({ type: "update", update: "half of it" }) },
  { weight: 1, arbitrary: fc.constantFrom<FlowStep[]>({ type: "finish" }, { type: "fail", error: "broke" }) },
  { weight: 1, arbitrary: fc.constant<FlowStep>({ type: "request_cancel", by: "ana" }) },
  { weight: 1, arbitrary: fc.constant<FlowStep>({ type: "settle_cancel", activeTasks: [] }) },
) as fc.Arbitrary<FlowStep>;

const arbitraryMove: fc.Arbitrary<FlowMove> = fc.record({
  step: arbitraryStep,
  expected: fc.constantFrom(undefined, undefined, 0, 0, -1, 1),
  key: fc.option(fc.constantFrom("k1", "k2", "k3"), { nil: undefined, freq: 2 }),
});

/** A flow on disk, the model of it, and two that write. */
class Table {
  readonly sandbox = new RegistrySandbox();
  readonly registry = openRegistry({ root: this.sandbox.root });
  readonly flowId: string;
  readonly model: FlowModel;

  constructor(first: string | undefined) {
    this.flowId = createFlow(this.registry, { facts: { title: "A flow" }, step: first }).flow.flowId;
    this.model = new FlowModel(first);
  }

  /** Does it through a registry that is opened for it, and says what came of it. */
  do(move: FlowMove, registry: Registry = openRegistry({ root: this.sandbox.root })): FlowVerdict {
    const { revision } = loadFlow(this.registry, this.flowId);
    const expected = move.expected === undefined ? {} : { expectedRevision: revision + move.expected };
    const isResolved = move.step.type === "settle_cancel";
    const command = { ...move.step, flowId: this.flowId, ...(isResolved ? {} : expected) };
    try {
      const { changed } = commitFlow(registry, {
        command: command as Parameters<typeof commitFlow>[1]["command"],
        key: move.key,
      });
      return changed ? "changed" : "nothing";
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      return error.code;
    }
  }

  /** The flow is what the model says, and what its journal says from its beginning. */
  check(after: string): void {
    const flow = loadFlow(this.registry, this.flowId);
    expect(FlowModel.of(flow), after).toEqual(this.model.asObject());
    const fold = foldFlow(this.registry.fs, flowPaths(this.sandbox.root, this.flowId).events, EMPTY_FLOW);
    expect(flow, after).toEqual(fold.flow);
    expect(verifyFlow(this.registry, this.flowId), after).toMatchObject({ ok: true, differences: [] });
  }
}

function atTable(first: string | undefined, play: (table: Table) => void): void {
  const table = new Table(first);
  try {
    play(table);
  } finally {
    table.sandbox.dispose();
  }
}

describe("random changes of a flow", () => {
  it("match the model, and the files match the journal", { timeout: LONG }, () => {
    fc.assert(
      fc.property(step, fc.array(arbitraryMove, { maxLength: 25 }), (first, moves) => {
        atTable(first, (table) => {
          for (const move of moves) {
            const before = loadFlow(table.registry, table.flowId);
            const verdict = table.do(move);
            expect(verdict, JSON.stringify(move)).toBe(table.model.apply(move));
            const after = loadFlow(table.registry, table.flowId);
            if (verdict === "changed") expect(after.revision).toBeGreaterThan(before.revision);
            else expect(after, JSON.stringify(move)).toEqual(before);
            table.check(JSON.stringify(move));
          }
        });
      }),
      settings,
    );
  });

  it("by two writers match a sequential order, whichever takes the lock first", { timeout: LONG }, () => {
    // A revision that is not there yet might be there by the time.
    const slowMove = arbitraryMove.filter(({ expected }) => expected !== 1);
    const pair = fc.tuple(slowMove, arbitraryMove, fc.boolean());
    fc.assert(
      fc.property(step, fc.array(pair, { maxLength: 12 }), (first, pairs) => {
        atTable(first, (table) => {
          for (const [slow, fast, isOvertaken] of pairs) {
            const where = JSON.stringify({ slow, fast, isOvertaken });
            const verdicts: FlowVerdict[] = [];
            // The slow one has looked at the flow and is about to take the lock; the fast one does all of its own before.
            const { fs } = interferingFileSystem((call, _index, [path], real) => {
              const isLock = call === "mkdirSync" && String(path).endsWith(".journal.lock");
              if (isLock && isOvertaken && verdicts.length === 0) {
                verdicts.push(table.do(fast));
                expect(verdicts[0], where).toBe(table.model.apply(fast));
              }
              return real();
            });
            const verdict = table.do(slow, { ...table.registry, fs });
            // The revision that the slow one believed in is an old one by then.
            const isBehind = verdicts[0] === "changed" && slow.expected !== undefined;
            expect(verdict, where).toBe(table.model.apply(isBehind ? { ...slow, expected: -1 } : slow));
            table.check(where);
          }
        });
      }),
      { ...settings, numRuns: Math.ceil(settings.numRuns / 2) },
    );
  });
});
