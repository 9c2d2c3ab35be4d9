import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findSchemaProblem,
  findUnusablePattern,
} from "../../../../../registry-helper/domain/workflow/check-json-schema.ts";
import { validateValue } from "../../../../../registry-helper/domain/workflow/json-schema/validate-value.ts";
import type { Json } from "../../../../../registry-helper/model/json.ts";

/** What ajv finds: it checked before, and tests and people know its words. */
function ajvErrors(schema: Json, value: Json): string[] {
  const validate = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false }).compile(
    schema as object,
  );
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

const ownErrors = (schema: Json, value: Json): string[] =>
  validateValue(schema, value).map(({ path, message }) => `${path} ${message}`);

const small = fc.integer({ min: -1, max: 4 });
const size = fc.integer({ min: 0, max: 3 });
const name = fc.constantFrom("a", "b", "a/b", "c~", "d");
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Json>(null, true, false, "", "a", "ab", "aab1", "😀😀", 1.5),
    small,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"];
const schema: fc.Arbitrary<Json> = fc.letrec<{ schema: Json }>((tie) => {
  const some = tie("schema");
  const list = fc.array(some, { minLength: 1, maxLength: 2 });
  const mapOf = (key: fc.Arbitrary<string>, one: fc.Arbitrary<unknown>) =>
    fc.dictionary(key, one, { maxKeys: 2, noNullPrototype: true });
  const types = fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 2 });
  const keywords: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.oneof(fc.constantFrom(...TYPES), types),
    const: value,
    enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
    multipleOf: fc.constantFrom(1, 2, 0.5),
    pattern: fc.constantFrom("^a", "b$", "^\\w+$", "^.{2}$", "[0-9]|😀", "\\u0061"),
    items: fc.oneof(some, list),
    uniqueItems: fc.boolean(),
    required: fc.uniqueArray(name, { maxLength: 2 }),
    properties: mapOf(name, some),
    patternProperties: mapOf(fc.constantFrom("^a", "b"), some),
    dependencies: mapOf(name, fc.oneof(some, fc.uniqueArray(name, { minLength: 1, maxLength: 2 }))),
    format: fc.constant("date"),
    ...Object.fromEntries(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((key) => [key, small])),
    ...Object.fromEntries(
      ["Length", "Items", "Properties"].flatMap((of) => [`min${of}`, `max${of}`]).map((key) => [key, size]),
    ),
    ...Object.fromEntries(
      ["additionalItems", "additionalProperties", "contains", "propertyNames"].map((key) => [key, some]),
    ),
    ...Object.fromEntries(["not", "if", "then", "else"].map((key) => [key, some])),
    ...Object.fromEntries(["allOf", "anyOf", "oneOf"].map((key) => [key, list])),
  };
  const pairs = fc
    .constantFrom(...Object.keys(keywords))
    .chain((key) => fc.tuple(fc.constant(key), keywords[key] ?? some));
  return {
    schema: fc.oneof(
      { maxDepth: 3, depthIdentifier: "schema" },
      fc.constantFrom<Json>(true, false, { $ref: "#/definitions/one" }, { $ref: "#/definitions/a~1b" }),
      fc.array(pairs, { minLength: 1, maxLength: 4 }).map((given) => Object.fromEntries(given) as Json),
    ),
  };
}).schema;

describe("a schema that is read instead of compiled", () => {
  it("lets through what ajv lets through, and says of the rest what ajv says", () => {
    const withDefinitions = fc.tuple(schema, schema, schema).map(([own, one, other]): Json => ({
      allOf: [own],
      definitions: { one: withoutReferences(one), "a/b": withoutReferences(other) },
    }));
    fc.assert(
      fc.property(withDefinitions, value, (given, tried) => {
        const [own, wanted] = [ownErrors(given, tried), ajvErrors(given, tried)];
        expect(own.length > 0).toBe(wanted.length > 0);
        // Of a value that fits none or several schemas of a list, ajv tells more.
        expect(wanted).toEqual(expect.arrayContaining(own));
      }),
      { numRuns: 400 },
    );
  });

  it.each<[string, Json, Json, string]>([
    [
      "a wrong type",
      { properties: { population: { type: "integer" } } },
      { population: "x" },
      "population must be integer",
    ],
    ["the value itself", { type: "object" }, [], "it must be object"],
    [
      "three errors of many",
      { items: { type: "null" } },
      [1, 1, 1, 1],
      "0 must be null; 1 must be null; 2 must be null",
    ],
    ["a missing property", { required: ["a"] }, {}, "it must have required property 'a'"],
  ])("names %s", (_name, given, tried, problem) => {
    expect(findSchemaProblem(given, tried)).toBe(problem);
  });

  it.each<[string, Json, string]>([
    ["asks for itself", { $ref: "#" }, "it refers to itself without end, or is nested too deeply"],
    [
      "asks for itself in turns",
      { allOf: [{ $ref: "#" }] },
      "it refers to itself without end, or is nested too deeply",
    ],
    ["doubles its work at each step", doubling(40), "checking it takes too many steps"],
    ["refers to nothing", { $ref: "#/definitions/none" }, "the reference #/definitions/none leads nowhere"],
    [
      "refers to the web",
      { $ref: "https://example.org/s.json" },
      "the reference https://example.org/s.json leads nowhere",
    ],
    ["refers to what objects inherit", { $ref: "#/constructor" }, "the reference #/constructor leads nowhere"],
    ["has a type that does not exist", { type: "text" }, "there is no type text"],
    ["has a part that is no schema", { allOf: [7] }, "a part of it is neither an object nor true or false"],
  ])("cannot be used when it %s", (_name, given, why) => {
    expect(findSchemaProblem(given, { a: 1 })).toBe(`the workflow's schema cannot be used: ${why}`);
  });
});

/** Patterns for which an expression of JavaScript needs years, each with a text. */
const ENDLESS: readonly [string, string][] = [
  ["^(a+)+$", `${"a".repeat(50_000)}!`],
  ["^(a|a)*$", `${"a".repeat(50_000)}!`],
  ["^(a*)*b$", "a".repeat(50_000)],
  ["^([a-z]+\\d?)+$", `${"abc".repeat(10_000)}!`],
  ["(x+x+)+y", "x".repeat(20_000)],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(30_000)],
];

describe("a pattern", () => {
  it.each(ENDLESS)("such as %s ends, wherever it stands", (pattern, text) => {
    const places: [Json, Json][] = [
      [{ pattern }, text],
      [{ properties: { a: { anyOf: [{ pattern }] } } }, { a: text }],
      [{ propertyNames: { pattern } }, { [text]: 1 }],
      [{ patternProperties: { [pattern]: true }, additionalProperties: false }, { [text]: 1 }],
      [{ definitions: { d: { pattern } }, items: { $ref: "#/definitions/d" } }, [text]],
    ];
    for (const [given, tried] of places) {
      expect(findUnusablePattern(given)).toBeUndefined();
      expect(findSchemaProblem(given, tried)).toBeDefined();
    }
  });

  it.each(["(?=a)b", "(?<!a)b", "(a)\\1", "[", "((a{100}){100}){100}", "a".repeat(1_001)])(
    "that cannot be matched in linear time is refused: %s",
    (pattern) => {
      const places: Json[] = [
        { pattern },
        { patternProperties: { [pattern]: {} } },
        { properties: { a: { items: [{ not: { pattern } }] } } },
        { $defs: { unused: { if: { propertyNames: { pattern } } } } },
        { dependencies: { a: { oneOf: [{ additionalProperties: { pattern } }] } } },
      ];
      for (const place of places) expect(findUnusablePattern(place)).toContain("pattern");
    },
  );

  it("that is the name of a property is none", () => {
    expect(findUnusablePattern({ properties: { pattern: { type: "string" } }, required: ["pattern"] })).toBeUndefined();
  });
});

/** Definitions refer to nothing, so that no schema refers to itself. */
function withoutReferences(given: Json): Json {
  return JSON.parse(JSON.stringify(given, (key, one: Json) => (key === "$ref" ? undefined : one))) as Json;
}

/** A schema of a few lines that asks for 2 to the power of `count` checks. */
function doubling(count: number): Json {
  const definitions: Record<string, Json> = { [`d${count}`]: true };
  for (let at = 0; at < count; at += 1) {
    const next = { $ref: `#/definitions/d${at + 1}` };
    definitions[`d${at}`] = { allOf: [next, next] };
  }
  return { $ref: "#/definitions/d0", definitions };
}
