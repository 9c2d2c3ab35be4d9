import { describe, expect, it } from "vitest";
import { noticeText, sharedNoticeText } from "../../../plugin/delivery/message-text.ts";
import { limits } from "../../../registry-helper/internal.ts";
import { openRun, openTask } from "../support/open-results.ts";

describe("noticeText for a result", () => {
  it("states the outcome in one line, followed by the result", () => {
    expect(noticeText(openTask())).toBe("✅ Count the sheep is done.\n\nThere are seven sheep.");
    expect(noticeText(openRun({ title: "Report", body: "All good." }))).toBe("✅ Report is done.\n\nAll good.");
  });

  it.each([
    ["failed", "⚠️ Count the sheep failed."],
    ["timed_out", "⚠️ Count the sheep ran out of time."],
    ["lost", "⚠️ Count the sheep was lost: nothing is working on it any more."],
    ["blocked", "⚠️ Count the sheep blocked."],
  ])("warns about %s work", (status, head) => {
    expect(noticeText(openTask({ status, body: null }))).toBe(head);
  });

  it.each([null, "", " \n\t "])("is a single line without a result (%j)", (body) => {
    expect(noticeText(openTask({ body }))).toBe("✅ Count the sheep is done.");
  });

  it("fits the shortest channel limit and marks truncation", () => {
    for (const length of [1_700, 1_770, 1_800, 10_000]) {
      const text = noticeText(openTask({ title: "t".repeat(5_000), body: "b".repeat(length) }));
      expect(text.length).toBeLessThanOrEqual(limits.MAX_NOTICE_LENGTH);
      expect(text.endsWith("…")).toBe(true);
    }
    expect(limits.MAX_NOTICE_LENGTH).toBe(1_800);
  });

  it("does not cut a character in half", () => {
    const text = noticeText(openTask({ body: "😀".repeat(2_000) }));
    expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });

  it("removes control and bidirectional characters", () => {
    const hostile = "\u001b[31ma\u001b[0m\u0007\u202eb\u0000c\u200b";
    expect(noticeText(openTask({ title: `${hostile}\nsecond`, body: `${hostile}\nd` }))).toBe(
      "✅ abc second is done.\n\nabc\nd",
    );
  });

  it("is deterministic, since the host's receipt is matched by text", () => {
    expect(noticeText(openTask())).toBe(noticeText(openTask()));
  });
});

/** Characters that would steer a terminal or turn the writing round. */
const controlCharacters = (text: string): string[] =>
  ["\u001b", "\u202e", "\u0000"].filter((one) => text.includes(one));

describe("noticeText for a status update", () => {
  const update = (more: object): string =>
    noticeText(openTask({ owner: { kind: "update", id: "t" }, body: null, status: "goes on", ...more }));

  it("is a single line", () => {
    expect(update({})).toBe("⏳ Count the sheep goes on.");
    expect(update({ status: "is waiting for an answer: which one?" })).toBe(
      "⏳ Count the sheep is waiting for an answer: which one?.",
    );
  });

  it("is safe and short for any status text", () => {
    const text = update({ status: `\u001b[2J\u202e${"x".repeat(10_000_000)}`, title: "t".repeat(10_000_000) });
    expect(text.length).toBeLessThanOrEqual(limits.MAX_NOTICE_LENGTH);
    expect(controlCharacters(text)).toEqual([]);
  });
});

describe("sharedNoticeText", () => {
  const many = (count: number, more: object): string =>
    sharedNoticeText(Array.from({ length: count }, (_none, index) => openTask({ title: `job ${index}`, ...more })));

  it("contains the status line and text of each result when they fit", () => {
    expect(many(2, {})).toBe(
      "✅ job 0 is done.\n\nThere are seven sheep.\n\n✅ job 1 is done.\n\nThere are seven sheep.",
    );
    expect(sharedNoticeText([openTask()])).toBe(noticeText(openTask()));
  });

  it.each([2, 5, 8])(
    "stays within the limit for %i hostile texts of 10 MB, names each result and marks truncation",
    (count) => {
      const hostile = "\u001b[31m\u202e\u0000".concat("\u001b[1mx".repeat(1_250_000));
      const before = performance.now();
      const text = many(count, { body: hostile, status: "failed" });
      expect(performance.now() - before).toBeLessThan(1_000);
      expect(text.length).toBeLessThanOrEqual(limits.MAX_NOTICE_LENGTH);
      expect(controlCharacters(text)).toEqual([]);
      for (let index = 0; index < count; index += 1) expect(text).toContain(`⚠️ job ${index} failed.`);
      expect(text).toContain("/tasks show");
    },
  );

  it("stays within the limit for titles of any length", () => {
    const long = openTask({ title: "t".repeat(10_000_000), status: "lost", body: "b".repeat(5_000) });
    expect(sharedNoticeText(Array.from({ length: 8 }, () => long)).length).toBeLessThanOrEqual(
      limits.MAX_NOTICE_LENGTH,
    );
  });

  it("does not mention truncation when nothing was truncated", () => {
    expect(many(8, { body: null })).not.toContain("cut");
  });
});
