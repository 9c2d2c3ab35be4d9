import { describe, expect, it } from "vitest";
import {
  TARGET_STATUSES,
  type TargetStatus,
} from "../../../../../registry-helper/domain/run/state/node-transitions.ts";
import { NODE_STATUSES, type NodeStatus } from "../../../../../registry-helper/model/run-documents.ts";
import { PlayedRun } from "../../../../support/played-run.ts";

/** How a node gets into each status, from the start of a run `first -> node`. */
const WAYS: Record<NodeStatus, (run: PlayedRun) => void> = {
  pending: () => undefined,
  ready: (run) => run.complete("first"),
  running: (run) => (run.complete("first"), run.to("node", "running")),
  waiting: (run) => (run.complete("first"), run.to("node", "waiting")),
  completed: (run) => run.complete("first", "node"),
  failed: (run) => (run.complete("first"), run.to("node", "running"), run.to("node", "failed")),
  skipped: (run) => (run.complete("first"), run.to("node", "skipped")),
};

/** What each step writes for the node itself; null where the step is illegal, "" where nothing is to be done. */
const TABLE: Record<NodeStatus, Record<TargetStatus, string | null>> = {
  pending: {
    ready: null, // its need is not met (B3)
    running: null,
    waiting: null,
    completed: null,
    failed: "node.ready* node.started* node.failed",
    skipped: "node.ready* node.started* node.skipped",
  },
  ready: {
    ready: "",
    running: "node.started",
    waiting: "node.started* node.waiting",
    completed: null,
    failed: "node.started* node.failed",
    skipped: "node.started* node.skipped",
  },
  running: {
    ready: null,
    running: "",
    waiting: "node.waiting",
    completed: "node.completed",
    failed: "node.failed",
    skipped: "node.skipped",
  },
  waiting: {
    ready: "node.ready",
    running: "node.started",
    waiting: "",
    completed: "node.completed",
    failed: "node.failed",
    skipped: "node.skipped",
  },
  completed: { ready: null, running: null, waiting: null, completed: "", failed: null, skipped: null },
  failed: { ready: "node.ready", running: null, waiting: null, completed: null, failed: "", skipped: null },
  skipped: { ready: "node.ready", running: null, waiting: null, completed: null, failed: null, skipped: "" },
};

function started(from: NodeStatus): PlayedRun {
  const run = new PlayedRun([{ id: "first" }, { id: "node", needs: ["first"] }, { id: "other" }]);
  WAYS[from](run);
  expect(run.node("node").status).toBe(from);
  return run;
}

describe.each(NODE_STATUSES)("a node in the status %s", (from) => {
  it.each(TARGET_STATUSES)("handles a transition to %s as the table says", (to) => {
    const run = started(from);
    const before = run.events.length;
    const expected = TABLE[from][to];
    if (expected === null) {
      expect(() => run.to("node", to)).toThrow(/illegal transition for node node|cannot be ready/);
      expect(run.events).toHaveLength(before);
      return;
    }
    run.to("node", to);
    const own = run.events
      .slice(before)
      .filter((event) => event.nodeId === "node")
      .map((event) => `${event.event}${event.implied ? "*" : ""}`);
    expect(own.join(" ")).toBe(expected);
    expect(run.node("node").status).toBe(to);
  });
});

describe("an illegal transition", () => {
  it("names the legal transitions with commands to paste", () => {
    const run = started("ready");
    expect(() => run.to("node", "completed")).toThrow(
      expect.objectContaining({
        code: "illegal_transition",
        message: "illegal transition for node node: ready -> completed",
        next: expect.stringContaining("transition-node demo node running") as string,
      }),
    );
  });

  it("says that completed is final", () => {
    const run = started("completed");
    expect(() => run.to("node", "ready")).toThrow(
      expect.objectContaining({ next: expect.stringContaining("final") as string }),
    );
  });

  it("names the unmet needs", () => {
    const run = started("pending");
    expect(() => run.to("node", "ready")).toThrow(
      expect.objectContaining({
        code: "needs_unmet",
        message: "node node cannot be ready: it needs first (ready)",
        next: expect.stringContaining("transition-node demo first running") as string,
      }),
    );
  });

  it("names the existing nodes when the node does not exist", () => {
    const run = started("pending");
    expect(() => run.to("nobody", "ready")).toThrow(
      expect.objectContaining({
        code: "node_not_found",
        message: "node not found: nobody",
        next: "this run has: first, node, other",
      }),
    );
  });
});

describe("a message", () => {
  it("is omitted from the event when it is empty or not given", () => {
    const run = started("ready");
    run.to("node", "running");
    run.to("node", "waiting", { message: "" });
    for (const event of run.events.slice(-2)) expect(event).not.toHaveProperty("message");
  });

  it("and a payload are recorded on the requested transition, not on implied ones", () => {
    const run = started("ready");
    run.to("node", "failed", { message: "broken", payload: { why: "x" } });
    const [implied, failed] = run.events.slice(-2);
    expect(implied).toMatchObject({ event: "node.started", implied: true, payload: {} });
    expect(implied).not.toHaveProperty("message");
    expect(failed).toMatchObject({ event: "node.failed", message: "broken", payload: { why: "x" } });
  });
});
