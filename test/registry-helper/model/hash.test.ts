import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256, sha256Hex } from "../../../registry-helper/model/hash.ts";

const expected = (content: string | Uint8Array): Buffer => createHash("sha256").update(content).digest();

describe("sha256 and sha256Hex", () => {
  it("match the examples of the standard", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("match node:crypto for every length around block boundaries", () => {
    for (let length = 0; length <= 260; length += 1) {
      const content = Buffer.alloc(length, length);
      expect(sha256Hex(content), `${length} bytes`).toBe(expected(content).toString("hex"));
    }
  });

  it("match node:crypto for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (content) => {
        expect(sha256Hex(content)).toBe(expected(content).toString("hex"));
      }),
      { numRuns: 300 },
    );
  });
});

it.each([0, 10, 4_096, 4_097, 100_000])(
  "sha256 and sha256Hex match node:crypto for text and bytes of length %i",
  (size) => {
    const text = "ä".repeat(size / 2);
    expect(sha256(text)).toBe(expected(text).toString("base64url"));
    expect(sha256Hex(text)).toBe(expected(text).toString("hex"));
    // A piece of a larger buffer, as files are read.
    const piece = Buffer.from(`--${text}--`).subarray(2, 2 + Buffer.byteLength(text));
    expect(sha256Hex(piece)).toBe(expected(text).toString("hex"));
  },
);
