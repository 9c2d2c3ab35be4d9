import { describe, expect, it } from "vitest";
import { noticeText } from "../../../plugin/delivery/notice-text.ts";
import { limits } from "../../../registry-helper/index.ts";
import { openRun, openTask } from "../support/open-results.ts";

describe("the message that a person gets", () => {
  it("says what happened in one line, then the result", () => {
    expect(noticeText(openTask())).toBe("✅ Count the sheep is done.\n\nThere are seven sheep.");
    expect(noticeText(openRun({ title: "Report", body: "All good." }))).toBe("✅ Report is done.\n\nAll good.");
  });

  it.each([
    ["failed", "⚠️ Count the sheep failed."],
    ["timed_out", "⚠️ Count the sheep ran out of time."],
    ["lost", "⚠️ Count the sheep was lost: nothing is working on it any more."],
    ["blocked", "⚠️ Count the sheep blocked."],
  ])("of %s work is a warning", (status, head) => {
    expect(noticeText(openTask({ status, body: null }))).toBe(head);
  });

  it.each([null, "", " \n\t "])("without a result (%j) is the one line", (body) => {
    expect(noticeText(openTask({ body }))).toBe("✅ Count the sheep is done.");
  });

  it("is never longer than what every channel takes, and says that it was cut", () => {
    for (const length of [1_700, 1_770, 1_800, 10_000]) {
      const text = noticeText(openTask({ title: "t".repeat(5_000), body: "b".repeat(length) }));
      expect(text.length).toBeLessThanOrEqual(limits.MAX_NOTICE_LENGTH);
      expect(text.endsWith("…")).toBe(true);
    }
    expect(limits.MAX_NOTICE_LENGTH).toBe(1_800);
  });

  it("is not cut in the middle of a character", () => {
    const text = noticeText(openTask({ body: "😀".repeat(2_000) }));
    expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });

  it("carries nothing that steers a terminal or turns the writing round", () => {
    const hostile = "\u001b[31ma\u001b[0m\u0007\u202eb\u0000c\u200b";
    expect(noticeText(openTask({ title: `${hostile}\nsecond`, body: `${hostile}\nd` }))).toBe(
      "✅ abc second is done.\n\nabc\nd",
    );
  });

  it("is the same text each time, since the host's word on it is recognized by it", () => {
    expect(noticeText(openTask())).toBe(noticeText(openTask()));
  });
});
