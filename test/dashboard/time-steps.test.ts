import { describe, expect, it } from "vitest";
import { formatAxisMark } from "../../plugin/dashboard/design/format-time.ts";
import { timeStep } from "../../plugin/dashboard/design/time-axis-steps.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("timeStep", () => {
  const marks = (lengthMs: number): string[] => {
    const step = timeStep(lengthMs, 7);
    return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => formatAxisMark(index * step));
  };

  it.each([
    [0.3 * SECOND, ["0", "50 ms", "100 ms", "150 ms", "200 ms", "250 ms", "300 ms"]],
    [12 * SECOND, ["0", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]],
    [70 * MINUTE + 5 * SECOND, ["0", "15 min", "30 min", "45 min", "1 h"]],
    [3 * HOUR + 59 * SECOND, ["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min", "3 h"]],
    [2 * DAY, ["0", "12 h", "1 d", "1 d 12 h", "2 d"]],
    [40 * DAY, ["0", "7 d", "14 d", "21 d", "28 d", "35 d"]],
  ])("uses round marks on an axis of %d ms", (lengthMs, texts) => {
    expect(marks(lengthMs)).toEqual(texts);
  });

  it("limits the number of marks on an axis of ten years", () => {
    expect(marks(3_650 * DAY).length).toBeLessThanOrEqual(8);
  });
});
