import { describe, expect, it } from "vitest";
import { plainLine, plainText, terminalText } from "../../../registry-helper/model/sanitize-text.ts";

describe("text from a model or a person", () => {
  it.each([
    ["colours", "\u001b[1;31mred\u001b[0m", "red"],
    ["a window title", "\u001b]0;evil\u0007text", "text"],
    ["a link", "\u001b]8;;http://x\u001b\\here\u001b]8;;\u001b\\", "here"],
    ["bells, backspaces and NUL", "a\u0007b\u0008c\u0000d", "abcd"],
    ["a reversed text", "user\u202egnp.exe", "usergnp.exe"],
    ["invisible characters", "a\u200bb\u2060c\ufeffd\u00ade", "abcde"],
    ["a control from the upper range", "a\u009b31mb", "a31mb"],
    ["line ends of Windows", "a\r\nb\rc", "a\nb\nc"],
  ])("is stripped of %s", (_what, text, plain) => {
    expect(plainText(text, 100)).toBe(plain);
  });

  it("keeps tabs, newlines and characters of every script", () => {
    expect(plainText("a\tb\nü 漢字 😀", 100)).toBe("a\tb\nü 漢字 😀");
  });

  it("is truncated at the limit and ends with an ellipsis", () => {
    expect(plainText("x".repeat(11), 10)).toBe(`${"x".repeat(9)}…`);
    expect(plainText("x".repeat(10), 10)).toBe("x".repeat(10));
    expect(plainText("x".repeat(1e7), 10)).toHaveLength(10);
  });

  it("is not truncated within a character", () => {
    expect(plainText(`${"x".repeat(8)}😀yy`, 10)).toBe(`${"x".repeat(8)}…`);
  });

  it.each([
    ["a first half", "done \ud83d"],
    ["a second half", "\ude00 done"],
    ["halves in the wrong order", "a\ude00\ud83db"],
    ["a half at the limit", `${"x".repeat(9)}\ud83d${"y".repeat(20)}`],
  ])("is well formed, whatever was left of %s", (_what, text) => {
    for (const limit of [5, 10, 100]) {
      expect(plainText(text, limit).isWellFormed()).toBe(true);
      expect(plainLine(text, limit).isWellFormed()).toBe(true);
    }
    expect(terminalText(text).isWellFormed()).toBe(true);
  });

  it("is reduced to one line by plainLine", () => {
    expect(plainLine(" a\n\n  b\tc ", 100)).toBe("a b c");
  });
});
