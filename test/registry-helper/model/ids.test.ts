import { describe, expect, it } from "vitest";
import { parseDayFromId, isSafeId, timeOrderedId } from "../../../registry-helper/model/ids.ts";

describe("ids", () => {
  it.each(["a", "1", "A.b-c_d", "report-2026.11", "x".repeat(64)])("isSafeId accepts %s", (id) => {
    expect(isSafeId(id)).toBe(true);
  });

  it.each([
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "-a",
    "_a",
    ".a",
    "a ",
    "a\n",
    "é",
    "x".repeat(65),
    "con",
    "NUL",
    "com1.txt",
    "lpt9",
    "a.",
    "a\0b",
  ])("isSafeId rejects %j", (id) => {
    expect(isSafeId(id)).toBe(false);
  });

  it("task ids sort by time and contain their ledger day", () => {
    const noon = Date.parse("2026-11-21T12:00:00Z");
    const ids = [noon, noon + 1, noon + 60_000, noon + 86_400_000].map((at) => timeOrderedId("t", at, 0.5));
    expect(ids).toEqual([...ids].sort());
    expect(ids.map(parseDayFromId)).toEqual(["2026-11-21", "2026-11-21", "2026-11-21", "2026-11-22"]);
    expect(timeOrderedId("t", noon, 0.999999)).not.toBe(timeOrderedId("t", noon, 0));
  });

  it.each(["t-2026-1", "x", "t-20261121-short", "../t-20261121-000000000000"])("%s contains no day", (id) => {
    expect(parseDayFromId(id)).toBeUndefined();
  });
});
