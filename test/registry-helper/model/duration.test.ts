import { expect, it } from "vitest";
import {
  formatDuration,
  formatDurationWords,
  formatLargestUnit,
  parseDuration,
} from "../../../registry-helper/model/duration.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it("reads a number with a unit, and nothing else", () => {
  expect(["90s", "30m", "12h", "7d", "2w"].map(parseDuration)).toEqual([
    90e6, 1_800e6, 43_200e6, 604_800e6, 1_209_600e6,
  ]);
  for (const text of ["", "5", "m", "1.5h", "-1m", "1 m", "1m30s"]) expect(parseDuration(text), text).toBeUndefined();
});

it.each([
  [0, "0ms", "0ms", "0 seconds"],
  [999, "999ms", "999ms", "1 second"],
  [SECOND, "1s", "1s", "1 second"],
  [59_499, "59s", "59s", "59 seconds"],
  [59_500, "1m", "59s", "60 seconds"],
  [90 * SECOND, "1m 30s", "1m", "90 seconds"],
  [200 * SECOND, "3m 20s", "3m", "3 minutes"],
  [HOUR, "1h", "1h", "60 minutes"],
  [2 * HOUR + 5 * SECOND, "2h", "2h", "2 hours"],
  [DAY - 1, "1d", "23h", "24 hours"],
  [3 * DAY + 5 * HOUR + MINUTE, "3d 5h", "3d", "77 hours"],
])("writes %i ms as %s, %s and %s", (ms, two, largest, words) => {
  expect([formatDuration(ms), formatLargestUnit(ms), formatDurationWords(ms)]).toEqual([two, largest, words]);
});
