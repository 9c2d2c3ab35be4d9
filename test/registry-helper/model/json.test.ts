import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseJson,
  parseJsonArgument,
  toJsonFile,
  toJsonLine,
  toJsonOutput,
} from "../../../registry-helper/model/json.ts";

describe("registry JSON", () => {
  it("has the same bytes as Python's json.dumps", () => {
    const value = { a: [1, "é", null], b: {}, c: [], d: true, e: { f: "\u2028\u2029\u0085\u007f😀" } };
    expect(toJsonLine(value)).toBe(
      '{"a": [1, "\\u00e9", null], "b": {}, "c": [], "d": true, "e": {"f": "\\u2028\\u2029\\u0085\\u007f\\ud83d\\ude00"}}',
    );
    expect(toJsonFile({ a: [1, { b: "ü" }], c: [], d: {} })).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "\\u00fc"\n    }\n  ],\n  "c": [],\n  "d": {}\n}\n',
    );
  });

  it("is printed with unescaped characters on the command line", () => {
    expect(toJsonOutput({ a: "é😀" })).toBe('{\n  "a": "é😀"\n}\n');
  });

  it("omits undefined fields and keeps null", () => {
    expect(toJsonLine({ a: undefined, b: null })).toBe('{"b": null}');
  });

  it("escapes characters that could split a line: newline, U+2028, U+2029 and U+0085", () => {
    expect(toJsonLine("a\nb\u2028c\u2029d\u0085e")).toBe('"a\\nb\\u2028c\\u2029d\\u0085e"');
  });

  it.each(["12345678901234567890123", "-9007199254740993", "1234567890123456789"])(
    "keeps every digit of the integer %s",
    (digits) => {
      expect(toJsonLine(parseJson(`{"id": ${digits}, "list": [${digits}]}`))).toBe(
        `{"id": ${digits}, "list": [${digits}]}`,
      );
      expect(toJsonOutput(parseJson(digits))).toBe(`${digits}\n`);
    },
  );

  it("parses exact numbers as numbers and keeps digits in strings", () => {
    expect(parseJson('{"n": 9007199254740991, "t": "12345678901234567890"}')).toEqual({
      n: 9007199254740991,
      t: "12345678901234567890",
    });
  });

  it("escapes a lone surrogate", () => {
    expect(toJsonLine("\ud800")).toBe('"\\ud800"');
  });

  it("keeps a key named __proto__ as data", () => {
    expect(toJsonLine(parseJson('{"__proto__": {"x": 1}}'))).toBe('{"__proto__": {"x": 1}}');
  });
});

/** Python's layout, written piece by piece. */
function written(value: unknown, indent: string | undefined): string {
  if (typeof value !== "object" || value === null)
    return (JSON.stringify(value) ?? "null").replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const inner = indent === undefined ? undefined : `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => written(item, inner))
    : Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${written(key, undefined)}: ${written(item, inner)}`],
      );
  const [open = "", close = ""] = Array.isArray(value) ? "[]" : "{}";
  if (items.length === 0) return open + close;
  if (inner === undefined) return `${open}${items.join(", ")}${close}`;
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent ?? ""}${close}`;
}

it("toJsonLine and toJsonFile write any value in Python's layout", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom("\n", "a,\n  b", "{\n", ",\n ]", "\u2028"),
  );
  const leaf = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined));
  const list = fc.array(leaf, { maxLength: 3 });
  const value = fc.dictionary(text, fc.oneof(leaf, list, fc.dictionary(text, list, { maxKeys: 3 })), { maxKeys: 4 });
  fc.assert(
    fc.property(fc.oneof(leaf, list, value), (any) => {
      expect(toJsonLine(any)).toBe(written(any, undefined));
      expect(toJsonFile(any)).toBe(`${written(any, "")}\n`);
    }),
    { numRuns: 500 },
  );
});

describe("a JSON argument", () => {
  it.each([undefined, ""])("counts as absent when it is %j", (text) => {
    expect(parseJsonArgument("--payload-json", text)).toBeNull();
  });

  it.each(["{", "{'a': 1}", "NaN", '{"a": Infinity}', "undefined"])(
    "is rejected with the name of the flag when it is not JSON: %s",
    (text) => {
      expect(() => parseJsonArgument("--payload-json", text)).toThrow(
        expect.objectContaining({
          code: "invalid_json",
          message: expect.stringContaining("--payload-json is not valid JSON") as string,
        }),
      );
    },
  );

  it("is rejected before it is parsed when it is too large", () => {
    expect(() => parseJsonArgument("--payload-json", `"${"x".repeat(256 * 1024)}"`)).toThrow(
      expect.objectContaining({ code: "too_large" }),
    );
  });
});
