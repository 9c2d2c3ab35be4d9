import { describe, expect, it } from "vitest";
import { formatMicros, nextMicros, parseMicros } from "../../../registry-helper/model/time.ts";

describe("time", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000000+00:00"],
    [1, "1970-01-01T00:00:00.000001+00:00"],
    [1_795_214_701_060_323, "2026-11-20T22:45:01.060323+00:00"],
    [1_795_214_701_999_999, "2026-11-20T22:45:01.999999+00:00"],
  ])("formats %d microseconds as %s and parses them back", (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
    expect(parseMicros(text)).toBe(micros);
  });

  it.each([
    ["2026-11-20T22:45:01+00:00", "2026-11-20T22:45:01.000000+00:00"],
    ["2026-11-20T22:45:01Z", "2026-11-20T22:45:01.000000+00:00"],
    ["2026-11-20T23:45:01.5+01:00", "2026-11-20T22:45:01.500000+00:00"],
    ["2026-11-20 22:45:01.060Z", "2026-11-20T22:45:01.060000+00:00"],
  ])("parses %s from other tools", (text, same) => {
    expect(parseMicros(text)).toBe(parseMicros(same));
  });

  it.each(["", "yesterday", "2026-11-20T22:45:01", "2026-13-40T00:00:00Z", 5, null, undefined])(
    "rejects %j as a time",
    (text) => {
      expect(parseMicros(text)).toBeUndefined();
    },
  );

  it("keeps timestamps increasing when the clock does not advance", () => {
    expect(nextMicros(5, undefined)).toBe(5);
    expect(nextMicros(10, formatMicros(5))).toBe(10);
    expect(nextMicros(5, formatMicros(5))).toBe(6);
    expect(nextMicros(5, formatMicros(900))).toBe(901);
  });
});
