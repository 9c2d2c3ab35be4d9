import { describe, expect, it } from "vitest";
import { PlayedRun } from "../../../../support/played-run.ts";
import { chain } from "../../../../support/workflow-text.ts";

const diamond = () =>
  new PlayedRun([
    { id: "top" },
    { id: "left", needs: ["top"] },
    { id: "right", needs: ["top"] },
    { id: "bottom", needs: ["left", "right"] },
  ]);

describe("promotion", () => {
  it("makes every dependent ready in workflow order", () => {
    const run = diamond();
    run.to("top", "running");
    expect(run.to("top", "completed")).toEqual(["node.completed top", "node.ready left", "node.ready right"]);
  });

  it("waits for all needs", () => {
    const run = diamond();
    run.complete("top");
    run.to("left", "running");
    expect(run.to("left", "completed")).toEqual(["node.completed left"]);
    run.to("right", "running");
    expect(run.to("right", "completed")).toEqual(["node.completed right", "node.ready bottom"]);
  });

  it("treats a skipped need as met", () => {
    const run = diamond();
    run.complete("top", "left");
    expect(run.to("right", "skipped")).toEqual(["node.started right", "node.skipped right", "node.ready bottom"]);
  });

  it("does not happen after a failure", () => {
    const run = diamond();
    run.to("top", "running");
    expect(run.to("top", "failed")).not.toContain("node.ready left");
    expect(run.node("left").status).toBe("pending");
  });

  it("records OpenTask's message", () => {
    const run = diamond();
    run.complete("top");
    expect(run.events.at(-1)).toMatchObject({ event: "node.ready", message: "Node right is ready for dispatch." });
  });
});

describe("demotion", () => {
  it("returns dependents that have not started to pending when a skipped need is reopened", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.to("a", "skipped");
    expect(run.to("a", "ready")).toEqual(["node.ready a", "node.pending b"]);
    expect(run.node("b")).toMatchObject({ status: "pending", startedAt: null, completedAt: null });
  });

  it("does not affect dependents that are already running", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.to("a", "skipped");
    run.to("b", "running");
    expect(run.to("a", "ready")).toEqual(["node.ready a"]);
    expect(run.node("b").status).toBe("running");
  });

  it("is undone by promotion when the need is met again", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.to("a", "skipped");
    run.to("a", "ready");
    run.complete("a");
    expect(run.node("b").status).toBe("ready");
  });
});
