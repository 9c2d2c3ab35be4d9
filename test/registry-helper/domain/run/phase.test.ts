import { describe, expect, it } from "vitest";
import { deriveRunPhase, RUN_PHASES, type RunPhase } from "../../../../registry-helper/domain/run/phase.ts";
import { PlayedRun } from "../../../support/played-run.ts";

const fail = (run: PlayedRun, id: string): void => {
  run.to(id, "running");
  run.to(id, "failed", { message: "no network" });
};

/** A run in each phase, with what is said of it. */
const CASES: Record<RunPhase, [string, () => PlayedRun, doing: string, why: string | null][]> = {
  draft: [],
  running: [
    ["a ready step", () => new PlayedRun([{ id: "a" }]), "ready to start a", null],
    [
      "a step at work",
      () => {
        const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
        run.to("b", "running");
        return run;
      },
      "working on b",
      null,
    ],
  ],
  waiting_approval: [
    [
      "an open question beside work",
      () => {
        const run = new PlayedRun([{ id: "a" }, { id: "g", kind: "approval" }]);
        run.to("a", "running");
        run.to("g", "waiting", { message: "Pay it?" });
        return run;
      },
      "waiting for an approval",
      "g: Pay it?",
    ],
  ],
  waiting_user: [
    [
      "a manual wait",
      () => {
        const run = new PlayedRun([{ id: "w", kind: "wait", waitFor: { type: "manual" } }]);
        run.tick();
        return run;
      },
      "waiting for a person",
      "w: Node w",
    ],
  ],
  waiting_dependency: [
    [
      "a wait for an event",
      () => {
        const run = new PlayedRun([{ id: "w", kind: "wait", waitFor: { type: "event", event: "paid" } }]);
        run.tick();
        return run;
      },
      "waiting",
      "w waits for the event paid",
    ],
  ],
  blocked: [
    [
      "a failed step before all others",
      () => {
        const run = new PlayedRun([{ id: "a" }, { id: "b", needs: ["a"] }]);
        fail(run, "a");
        return run;
      },
      "blocked",
      "a failed",
    ],
  ],
  paused: [
    [
      "a paused run",
      () => {
        const run = new PlayedRun([{ id: "a" }]);
        run.control("pause");
        return run;
      },
      "paused",
      null,
    ],
  ],
  completed: [
    [
      "a completed run",
      () => {
        const run = new PlayedRun([{ id: "a" }]);
        run.complete("a");
        return run;
      },
      "completed",
      null,
    ],
  ],
  failed: [
    [
      "a failed run",
      () => {
        const run = new PlayedRun([{ id: "a" }]);
        fail(run, "a");
        return run;
      },
      "failed",
      null,
    ],
  ],
  cancelled: [
    [
      "a cancelled run",
      () => {
        const run = new PlayedRun([{ id: "a" }]);
        run.control("cancel");
        return run;
      },
      "cancelled",
      null,
    ],
  ],
};

describe("the phase of a run", () => {
  it.each(RUN_PHASES.flatMap((phase) => CASES[phase].map((one): [RunPhase, ...typeof one] => [phase, ...one])))(
    "is %s for %s",
    (phase, _what, make, doing, why) => {
      expect(deriveRunPhase(make().document.state)).toEqual({ phase, doing, why });
    },
  );
});
