import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { isAlive, sleepSync } from "../../../registry-helper/storage/process.ts";

it("tells a process that runs, also one of another user, from one that has ended", () => {
  const ended = spawnSync(process.execPath, ["--version"]).pid;
  expect([process.pid, 1, ended].map(isAlive)).toEqual([true, true, false]);
});

it("blocks for the time given", () => {
  const before = performance.now();
  sleepSync(20);
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});
