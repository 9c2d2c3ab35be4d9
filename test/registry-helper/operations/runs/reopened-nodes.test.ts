import { describe, expect, it } from "vitest";
import { validateRun } from "../../../../registry-helper/domain/run/consistency.ts";
import { nextTimer } from "../../../../registry-helper/domain/run/next/next-check.ts";
import type { JsonObject } from "../../../../registry-helper/model/json.ts";
import { getErrorCode } from "../../../support/get-error-code.ts";
import { PlayedRun } from "../../../support/played-run.ts";
import { chain } from "../../../support/workflow-text.ts";

/** a was left out and b has begun; then a is opened again. */
function startedDependent(more: object = {}): PlayedRun {
  const run = new PlayedRun([{ id: "a" }, { id: "b", needs: ["a"], more }]);
  run.control("skip", "a");
  run.claim(["b"]);
  run.control("retry", "a");
  return run;
}

describe("a node in progress whose need was reopened", () => {
  it("does not restart before that need is completed", () => {
    const run = startedDependent();
    run.to("b", "failed");
    expect(run.control("retry", "b")).toEqual(["control.recorded", "node.ready b", "node.pending b"]);
    run.complete("a");
    expect(run.node("b").status).toBe("ready");
  });

  it("also waits for that need in an automatic retry", () => {
    const run = startedDependent({ retries: { max: 1, backoffMs: 0 } });
    run.to("b", "failed");
    expect(run.node("b").status).toBe("pending");
  });

  it("is released, not claimed again, when its claim has expired", () => {
    const run = startedDependent();
    run.wait(61_000);
    expect(run.claim()).toEqual(["node.started a", "node.ready b", "node.pending b"]);
  });

  it("waits for that need when a transition makes it ready", () => {
    const run = startedDependent();
    run.to("b", "failed");
    expect(run.to("b", "ready")).toEqual(["node.ready b", "node.pending b"]);
  });

  it("cannot be retried while that need has failed", () => {
    const run = new PlayedRun([
      { id: "a", more: { onFailure: "skip" } },
      { id: "b", needs: ["a"] },
    ]);
    run.claim();
    run.to("a", "failed");
    expect(run.node("b").skippedBy).toBe("a");
    expect(getErrorCode(() => run.control("retry", "b"))).toBe("needs_unmet");
  });
});

it("a claim stays valid while its node is waiting", () => {
  const run = new PlayedRun(chain("a"));
  run.claim();
  const token = run.node("a").claim?.token;
  run.to("a", "waiting", { token });
  run.to("a", "running", { token });
  expect(run.to("a", "completed", { token })).toContain("node.completed a");
});

it("a stale token cannot claim the node again", () => {
  const run = new PlayedRun(chain("a"));
  run.claim();
  const token = run.node("a").claim?.token;
  run.control("retry", "a");
  expect(getErrorCode(() => run.claim(["a"], { token }))).toBe("stale_token");
});

it("a run that is reopened leaves the archive", () => {
  const run = new PlayedRun(chain("a"));
  run.claim();
  run.to("a", "failed");
  run.do({ type: "archive", by: "ana" });
  expect(run.control("retry", "a")).toContain("run.unarchived");
  expect(run.document.state.archivedAt).toBeUndefined();
});

it("a run whose last node will be retried later is valid", () => {
  const run = new PlayedRun([{ id: "a", more: { retries: { max: 1, backoffMs: 60_000 } } }]);
  run.claim();
  run.to("a", "failed");
  const events = JSON.parse(JSON.stringify(run.events)) as JsonObject[];
  const facts = { run: run.document, events, controlProblem: undefined, exists: () => true, fromJournal: undefined };
  expect(validateRun(facts).issues).toEqual([]);
});

describe("the time of the next check of a run", () => {
  const wake = (run: PlayedRun): string | undefined => nextTimer(run.document.state, run.now)?.why;

  it("is now for a wait that has not started and for a wait whose event has arrived", () => {
    const run = new PlayedRun([{ id: "w", kind: "wait", waitFor: { type: "event", event: "deployed" } }]);
    expect(wake(run)).toBe("w begins to wait");
    run.tick();
    expect(wake(run)).toBeUndefined();
    run.control("pause");
    run.do({ type: "emit", name: "deployed", payload: null, by: "ana" });
    run.control("resume");
    expect(wake(run)).toBe("w waits for the event deployed");
    expect(run.tick()).toContain("node.completed w");
  });

  it("is not the time limit of work that has succeeded", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent", more: { timeoutMs: 20_000 } }]);
    run.claim();
    run.do({ type: "observe", nodeId: "a", childSessionKey: "child", ended: { status: "succeeded" } });
    expect(wake(run)).toBe("the child of a has ended");
  });
});
