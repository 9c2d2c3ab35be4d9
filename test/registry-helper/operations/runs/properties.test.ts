import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runAggregate } from "../../../../registry-helper/domain/run/aggregate.ts";
import { validateRun } from "../../../../registry-helper/domain/run/consistency.ts";
import { isAbandoned } from "../../../../registry-helper/domain/run/decide/decide-claim.ts";
import { nextTimer } from "../../../../registry-helper/domain/run/next/next-check.ts";
import { withBlockedMarks } from "../../../../registry-helper/domain/run/state/blocked-nodes.ts";
import { parseWaitTarget } from "../../../../registry-helper/domain/run/state/wait-target.ts";
import type { JsonObject } from "../../../../registry-helper/model/json.ts";
import {
  TERMINAL_RUN_STATUSES,
  type RunNode,
  type RunDocument,
} from "../../../../registry-helper/model/run-documents.ts";
import type { RunEvent } from "../../../../registry-helper/model/run-events.ts";
import { parseMicros } from "../../../../registry-helper/model/time.ts";
import { PlayedRun } from "../../../support/played-run.ts";
import { RandomPlayer } from "../../../support/random-player.ts";
import { arbitraryMoves, arbitraryNodes, type Move, plainNodes } from "../../../support/run-arbitraries.ts";
import { RunModel } from "../../../support/run-model.ts";
import { testSeed } from "../../../support/seeded-random.ts";
import type { NodeSketch } from "../../../support/workflow-text.ts";

const ROUTE = { channel: "telegram", to: "telegram:1" };
const seed = testSeed();
const settings = { seed, numRuns: Number(process.env["CLAWTASK_TEST_RUNS"] ?? 300) };
const LONG = 120_000;

/** Plays the moves; the model reads along, and after each move everything that must hold is looked at. */
function playAll(nodes: readonly NodeSketch[], moves: readonly Move[]): PlayedRun {
  const run = new PlayedRun(nodes, { deliveryContext: ROUTE });
  const player = new RandomPlayer(run);
  const model = new RunModel();
  let read = 0;
  const check = (after: string): void => {
    for (; read < run.events.length; read += 1) model.read(run.events[read] as RunEvent);
    model.compare(run.document);
    expect(model.broken, after).toEqual([]);
    // Marks that were worked out step by step are those that are worked out from nothing.
    const { state } = run.document;
    expect(withBlockedMarks(state), after).toEqual(state);
    expectNotStuck(run, after);
  };
  check("the start");
  for (const move of moves) {
    const before = JSON.stringify(run.document);
    const errorCode = player.play(move);
    if (errorCode !== undefined) expect(JSON.stringify(run.document), errorCode).toBe(before);
    check(JSON.stringify(move));
  }
  return run;
}

/** Waits for somebody: a person, an event, or whoever works on it. */
function waitsForUser(node: RunNode, run: PlayedRun): boolean {
  if (node.status === "ready") return node.kind !== "wait";
  if (node.status === "running") return node.claim === undefined || node.childSessionKey !== null;
  if (node.status !== "waiting") return false;
  if (node.kind !== "wait") return true;
  const target = parseWaitTarget(node);
  if (target.type === "event") return run.document.state.received?.[target.event] === undefined;
  return target.type === "manual";
}

/** A run is over, paused, blocked for a person, waits for somebody, or has a time at which something happens. */
function expectNotStuck(run: PlayedRun, after: string): void {
  const { state } = run.document;
  if (TERMINAL_RUN_STATUSES.includes(state.status) || state.status === "paused" || state.blockedBy !== undefined)
    return;
  const wake = nextTimer(state, run.now);
  const open = state.nodes.filter(
    ({ status, retryAt }) =>
      !["pending", "completed", "skipped"].includes(status) && (status !== "failed" || retryAt !== undefined),
  );
  expect(open.length, `${after}: nothing moves`).toBeGreaterThan(0);
  for (const node of open)
    if (!waitsForUser(node, run)) expect(wake, `${after}: nobody looks after ${node.id}`).toBeDefined();
}

/** What `fold` makes of the journal as it lies on disk. */
function rebuilt(events: readonly RunEvent[]): RunDocument | undefined {
  let document: RunDocument | undefined;
  for (const event of JSON.parse(JSON.stringify(events)) as RunEvent[]) document = runAggregate.evolve(document, event);
  return document;
}

describe("a run after random operations", () => {
  it("satisfies the rules of the model and is never stuck without a reason", { timeout: LONG }, () => {
    fc.assert(
      fc.property(arbitraryNodes(), arbitraryMoves(40), (nodes, moves) => {
        playAll(nodes, moves);
      }),
      settings,
    );
  });

  it("equals the state rebuilt from its journal and passes validation", { timeout: LONG }, () => {
    fc.assert(
      fc.property(arbitraryNodes(), arbitraryMoves(40), (nodes, moves) => {
        const run = playAll(nodes, moves);
        expect(JSON.parse(JSON.stringify(rebuilt(run.events)))).toEqual(JSON.parse(JSON.stringify(run.document)));
        const events = JSON.parse(JSON.stringify(run.events)) as JsonObject[];
        const facts = { events, controlProblem: undefined, exists: () => true };
        expect(validateRun({ run: run.document, fromJournal: run.document, ...facts }).issues).toEqual([]);
      }),
      settings,
    );
  });

  it("passes validation with only the features that OpenTask knows", { timeout: LONG }, () => {
    fc.assert(
      fc.property(plainNodes(), arbitraryMoves(30), (nodes, moves) => {
        const run = playAll(nodes, moves);
        const events = JSON.parse(JSON.stringify(run.events)) as JsonObject[];
        const facts = { events, controlProblem: undefined, exists: () => true };
        expect(validateRun({ run: run.document, fromJournal: run.document, ...facts }).issues).toEqual([]);
      }),
      settings,
    );
  });

  it("has work to do at each of its timers", { timeout: LONG }, () => {
    fc.assert(
      fc.property(arbitraryNodes(), arbitraryMoves(25), (nodes, moves) => {
        const run = playAll(nodes, moves);
        for (let check = 0; check < 30; check += 1) {
          const wake = nextTimer(run.document.state, run.now);
          if (wake === undefined) return;
          run.now = Math.max(run.now, parseMicros(wake.at) ?? 0);
          const files = Object.fromEntries(
            run.document.state.nodes.map(({ id }) => [id, { evidence: [], missing: [] }]),
          );
          const done = run.tick({ existing: ["out/there.md"], endedTasks: { "t-1": "succeeded" }, files });
          if (done.length > 0) continue;
          // A claim that nobody was heard of under is for the next caller, not for the clock.
          const abandoned = run.document.state.nodes.filter((node) => isAbandoned(node, run.now));
          expect(abandoned.length, `woken for nothing: ${JSON.stringify(wake)}`).toBeGreaterThan(0);
          run.claim();
          for (const { id } of abandoned) if (run.node(id).status === "running") run.to(id, "completed");
        }
      }),
      settings,
    );
  });

  it("can be completed by an agent that follows the instructions", { timeout: LONG }, () => {
    fc.assert(
      fc.property(arbitraryNodes(), arbitraryMoves(25), (nodes, moves) => {
        const run = playAll(nodes, moves);
        for (let round = 0; round < 60 && !TERMINAL_RUN_STATUSES.includes(run.document.state.status); round += 1) {
          run.wait(700_000);
          if (run.status === "paused") run.control("resume");
          run.tick({ existing: ["out/there.md"], endedTasks: { "t-1": "succeeded" } });
          run.claim();
          for (const { id, kind, status } of run.document.state.nodes) {
            if (status === "running") run.to(id, "completed");
            if (status === "waiting" && run.node(id).status === "waiting") run.to(id, "completed");
            if (kind === "wait" && run.node(id).status === "waiting") run.to(id, "completed");
          }
          for (const id of run.document.state.blockedBy ?? []) run.control("skip", id);
        }
        expect(TERMINAL_RUN_STATUSES, JSON.stringify(run.document.state, null, 1)).toContain(run.status);
      }),
      settings,
    );
  });
});
