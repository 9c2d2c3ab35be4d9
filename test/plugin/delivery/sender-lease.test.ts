import { mkdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SenderLease } from "../../../plugin/delivery/sender-lease.ts";
import { until } from "../../gateway/support/until.ts";
import { useTempFolder } from "../support/temp-folder.ts";

/** Longest time until a free claim is taken: one pause between two tries, with room. */
const TAKEN_MS = 5_000;

function claim(root: string): { claim: SenderLease; problems: string[] } {
  const problems: string[] = [];
  const made = new SenderLease({ root, problem: (message) => problems.push(message) });
  onTestFinished(() => made.stop());
  return { claim: made, problems };
}
const held = (one: { claim: SenderLease }, what: string): Promise<true> =>
  until(() => one.claim.isHeld, { deadlineMs: TAKEN_MS, what });

describe("SenderLease", () => {
  it("is held by one gateway at a time and passes to the next on release", async () => {
    const root = join(useTempFolder(), "registry");
    const first = claim(root);
    await held(first, "the first claim");
    const second = claim(root);
    await until(() => second.problems.length > 0, { deadlineMs: TAKEN_MS, what: "the second gateway's notice" });
    expect(second.claim.isHeld).toBe(false);
    expect(first.claim.isHeld).toBe(true);

    await first.claim.stop();
    expect(first.claim.isHeld).toBe(false);
    await held(second, "the second claim after the first was released");
    expect(second.problems).toEqual([expect.stringContaining("another gateway holds")]);
  });

  it("is not held before it is acquired or after it is released, even when released twice", async () => {
    const one = claim(useTempFolder());
    expect(one.claim.isHeld).toBe(false);
    await held(one, "the claim");
    await one.claim.stop();
    await one.claim.stop();
    expect(one.claim.isHeld).toBe(false);
  });

  it("is not kept when it is released during acquisition", async () => {
    const root = useTempFolder();
    const first = claim(root);
    await first.claim.stop();
    const second = claim(root);
    await held(second, "a claim that nobody else keeps");
  });

  it("is given up, reported and reacquired when its lock disappears", async () => {
    const root = useTempFolder();
    const one = claim(root);
    await held(one, "the claim");
    rmSync(join(root, ".gateway.lock"), { recursive: true });
    await until(() => !one.claim.isHeld, { deadlineMs: 8_000, what: "the loss to be noticed" });
    expect(one.problems).toEqual([expect.stringContaining("was lost")]);
    await held(one, "the claim again");
  }, 20_000);

  it("is taken over from a dead gateway whose clock was ahead, and not from one that lives", async () => {
    const root = useTempFolder();
    const lock = join(root, ".gateway.lock");
    const inAnHour = Date.now() / 1000 + 3_600;
    mkdirSync(lock);
    utimesSync(lock, inAnHour, inAnHour);
    const renewed = join(root, "other");
    mkdirSync(join(renewed, ".gateway.lock"), { recursive: true });
    let times = 0;
    const renewal = setInterval(() => {
      times += 1;
      utimesSync(join(renewed, ".gateway.lock"), inAnHour + times, inAnHour + times);
    }, 1_000);
    onTestFinished(() => clearInterval(renewal));
    const living = claim(renewed);
    const one = claim(root);
    await until(() => one.claim.isHeld, { deadlineMs: 25_000, what: "the claim of a dead gateway" });
    expect(living.claim.isHeld).toBe(false);
  }, 30_000);
});
