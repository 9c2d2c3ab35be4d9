import { expect, it } from "vitest";
import { backoffMs } from "../../../registry-helper/model/backoff.ts";

const pauses = (count: number, options: Parameters<typeof backoffMs>[1]): number[] =>
  Array.from({ length: count }, (_, attempt) => backoffMs(attempt, options));

it("doubles the pause up to the maximum, however many attempts there were", () => {
  expect(pauses(8, { base: 500, max: 30_000 })).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(backoffMs(10_000, { base: 500, max: 30_000 })).toBe(30_000);
});

it("grows by another factor, or not at all", () => {
  expect(pauses(4, { base: 1, max: 3, factor: 1.5 })).toEqual([1, 1.5, 2.25, 3]);
  expect(pauses(2, { base: 7, max: 100, factor: 1 })).toEqual([7, 7]);
  expect(pauses(2, { base: 0, max: 100 })).toEqual([0, 0]);
});

it("spreads the pause over the range of the jitter, also at the maximum", () => {
  const spread = (random: number): number =>
    backoffMs(9, { base: 1, max: 12, jitter: { min: 0.5, max: 1.5, random: () => random } });
  expect([0, 0.5, 1].map(spread)).toEqual([6, 12, 18]);
});
