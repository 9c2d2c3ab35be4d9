import { describe, expect, it } from "vitest";
import { LOOK_INTERVAL_MS, Silence, SILENCE_LIMIT_MS } from "../../../plugin/worker/silence.ts";

const LOOKS = SILENCE_LIMIT_MS / LOOK_INTERVAL_MS;

/** Looks at a worker once per interval, from `nowMs` on. Returns when the last look was. */
function lookTimes(
  silence: Silence,
  nowMs: number,
  times: number,
  about: { signs: number; isOwedAnswer: boolean },
): number {
  let at = nowMs;
  for (let count = 0; count < times; count += 1) {
    at += LOOK_INTERVAL_MS;
    silence.look(at, about);
  }
  return at;
}

describe("the silence of a worker", () => {
  const owed = { signs: 0, isOwedAnswer: true };
  it.each([
    ["that counts no signs and owes nothing", { signs: 0, isOwedAnswer: false }, false],
    ["that counts no signs and owes an answer", owed, true],
    ["that showed life once, and owes nothing", { signs: 1, isOwedAnswer: false }, true],
    ["that showed life once, and owes an answer", { signs: 1, isOwedAnswer: true }, true],
  ])("of one %s is too long after 15 s: %o %s", (_what, about, isTooLong) => {
    const silence = new Silence(0);
    silence.look(0, about);
    const at = lookTimes(silence, 0, LOOKS - 1, about);
    expect(silence.isTooLong(true)).toBe(false);
    lookTimes(silence, at, 1, about);
    expect(silence.isTooLong(true)).toBe(isTooLong);
  });

  it("ends with each sign of life", () => {
    const silence = new Silence(0);
    for (let signs = 1; signs < 100; signs += 1) silence.look(signs * LOOK_INTERVAL_MS, { signs, isOwedAnswer: true });
    expect(silence.ms).toBe(0);
  });

  it("does not grow while the thread that looks stands still itself", () => {
    const silence = new Silence(0);
    silence.look(3_600_000, owed);
    expect(silence.isTooLong(true)).toBe(false);
  });

  it("is given twice the time at each start that does not succeed, and 15 s again after one that does", () => {
    const silence = new Silence(0);
    let at = lookTimes(silence, 0, LOOKS, owed);
    expect(silence.isTooLong(false)).toBe(true);
    silence.noteEnded(false);
    silence.startOver(at);
    at = lookTimes(silence, at, LOOKS, owed);
    expect(silence.isTooLong(false)).toBe(false);
    at = lookTimes(silence, at, LOOKS, owed);
    expect(silence.isTooLong(false)).toBe(true);
    silence.noteEnded(true);
    silence.startOver(at);
    lookTimes(silence, at, LOOKS, owed);
    expect(silence.isTooLong(false)).toBe(true);
  });
});
