import { expect, it } from "vitest";
import { formatMicros } from "../../../../registry-helper/model/time.ts";
import { NOON, PlayedRun } from "../../../support/played-run.ts";

it("a node's times follow OpenTask's rules", () => {
  const run = new PlayedRun([{ id: "a" }]);
  const times = (): (string | null)[] => [run.node("a").startedAt, run.node("a").completedAt];
  const at = (): string => formatMicros(run.now);
  run.to("a", "waiting");
  const asked = run.node("a").startedAt;
  expect(asked).not.toBeNull();
  run.to("a", "running");
  expect(times()).toEqual([at(), null]);
  const startedBefore = at();
  run.to("a", "waiting");
  expect(times()).toEqual([startedBefore, null]);
  run.to("a", "ready");
  expect(times()).toEqual([null, null]);
  run.to("a", "failed");
  expect(run.node("a").completedAt).toBe(run.events.findLast((event) => event.event === "node.failed")?.timestamp);
  expect(run.node("a").startedAt).toBeNull();
});

it("an approval keeps the time at which it was asked (B2)", () => {
  const run = new PlayedRun([{ id: "gate", kind: "approval" }]);
  run.to("gate", "waiting");
  const asked = run.node("gate").startedAt;
  run.to("gate", "completed");
  expect(run.node("gate")).toMatchObject({ status: "completed", startedAt: asked });
});

it("event timestamps increase even when the clock stops or goes back", () => {
  const run = new PlayedRun([{ id: "a" }, { id: "b", needs: ["a"] }]);
  run.to("a", "running");
  run.now = NOON - 3_600_000_000;
  run.to("a", "completed");
  run.now = NOON - 7_200_000_000;
  run.to("b", "failed");
  const stamps = run.events.map((event) => event.timestamp);
  expect(stamps).toEqual([...new Set(stamps)].sort());
});
