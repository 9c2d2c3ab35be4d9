import { describe, expect, it } from "vitest";
import { carriesResult, isSameAddress, isSameText } from "../../../../plugin/delivery/proof/words.ts";
import { openTask } from "../../support/open-results.ts";

describe("isSameAddress", () => {
  it.each([
    ["telegram:-100:topic:5", "telegram:-100:topic:5"],
    ["telegram:-100", "-100"],
    ["123456789", "channel:123456789"],
  ])("takes %s and %s for one", (one, other) => {
    expect(isSameAddress(one, other)).toBe(true);
    expect(isSameAddress(other, one)).toBe(true);
  });

  it.each([
    ["telegram:-100", "telegram:-100:topic:5"],
    ["telegram:-100", "discord:-100"],
    ["telegram:1100", "telegram:100"],
    ["telegram:100", undefined],
    [undefined, undefined],
  ])("takes %s and %s for two", (one, other) => {
    expect(isSameAddress(one, other)).toBe(false);
    expect(isSameAddress(other, one)).toBe(false);
  });
});

describe("isSameText", () => {
  it("looks past marks and white space", () => {
    expect(isSameText("There are **seven** sheep.", "There are seven\n sheep.")).toBe(true);
  });

  it("takes no text for the same as nothing", () => {
    expect(isSameText("", "")).toBe(false);
    expect(isSameText(" ** ", "__")).toBe(false);
  });
});

describe("carriesResult", () => {
  const long = `The survey is complete. ${"Every field was counted twice. ".repeat(200)}`;

  it("finds a long result in a message that hooks cut", () => {
    expect(carriesResult(openTask({ body: long }), `Done! ${long}`.slice(0, 2_000))).toBe(true);
  });

  it("does not take its first words for a long result", () => {
    expect(carriesResult(openTask({ body: long }), "The survey is complete. Nothing to see.")).toBe(false);
  });

  it.each([null, undefined, "", " "])("finds nothing in %j", (text) => {
    expect(carriesResult(openTask(), text)).toBe(false);
    expect(carriesResult(openTask({ body: "" }), text)).toBe(false);
  });
});
