import { expect, it } from "vitest";
import { ended, listNames, PlayedTask, signal, working } from "../../../support/played-task.ts";

it("plans the delivery of a torn end when the end is reported again", () => {
  const whole = new PlayedTask(working(), ended());
  const planned = whole.task.delivery;
  const torn = new PlayedTask(working(), ended()).tear(1);
  expect([torn.task.status, torn.task.delivery]).toEqual(["succeeded", null]);

  // After a start the host's ledger is read whole: it tells the end of everything.
  const again = torn.play(signal("host_row", { ending: { status: "succeeded" } }));
  expect(listNames(again)).toEqual(["delivery.planned"]);
  expect(torn.task.delivery).toMatchObject({ state: planned?.state, sender: planned?.sender, route: planned?.route });
  expect(torn.play(signal("host_row", { ending: { status: "succeeded" } }))).toEqual([]);
});

it("keeps the first end of a torn write when a different end is reported", () => {
  const torn = new PlayedTask(working(), ended("failed")).tear(1);
  torn.play(ended("succeeded"));
  expect(torn.task.status).toBe("failed");
  expect(torn.task.delivery).not.toBeNull();
});
