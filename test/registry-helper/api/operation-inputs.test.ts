import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TObject, TSchema } from "@sinclair/typebox";
import { afterAll, describe, expect, it } from "vitest";
import { openRegistryApi } from "../../../registry-helper/api/open-registry.ts";
import { OPERATION_SCHEMAS } from "../../../registry-helper/api/operation-schemas.ts";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { OPERATIONS } from "../../../registry-helper/operations/catalog.ts";

const root = mkdtempSync(join(tmpdir(), "operation-inputs-"));
const used = mkdtempSync(join(tmpdir(), "operation-inputs-used-"));
afterAll(() => [root, used].forEach((folder) => rmSync(folder, { recursive: true })));

const SCHEMAS: [name: string, schema: TObject][] = Object.entries(OPERATION_SCHEMAS);

/** Calls the method of an operation, as a program in JavaScript may. */
function call(folder: string, name: string, input: unknown): unknown {
  const registry = openRegistryApi({ root: folder, cwd: folder }) as unknown as Record<string, unknown>;
  const [group = "", operation = ""] = name.split(".");
  const method = operation.replace(/-./g, ([, letter = ""]) => letter.toUpperCase());
  const methods = (group === "registry" ? registry : registry[group]) as Record<string, (input: unknown) => unknown>;
  return methods[method]!(input);
}

/** What is thrown, as its code and the argument that it names. */
function rejection(folder: string, name: string, input: unknown): { code: string; argument: unknown } | undefined {
  try {
    call(folder, name, input);
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return { code: error.code, argument: error.facts?.["argument"] };
  }
  return undefined;
}

interface PropertySchema extends TSchema {
  type?: string;
  anyOf?: { const: string }[];
  items?: PropertySchema;
  minimum?: number;
  properties?: Record<string, PropertySchema>;
}

function goodValue({ type, anyOf, items, minimum, properties = {} }: PropertySchema): unknown {
  if (type === "object")
    return Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, goodValue(one)]));
  if (anyOf !== undefined) return anyOf[0]?.const;
  if (type === "array") return [goodValue(items!)];
  if (type === "integer" || type === "number") return minimum ?? 1;
  return type === "boolean" ? true : type === "string" ? "x" : {};
}

function badValues({ type, anyOf, items }: PropertySchema): unknown[] {
  if (anyOf !== undefined) return ["no such value", 7, null];
  if (type === "array") return ["x", {}, null, badValues(items!)];
  if (type === "integer") return [0.5, -1, "1", Number.NaN, null];
  if (type === "number") return [-1, "1", Number.POSITIVE_INFINITY, null];
  if (type === "boolean") return ["true", 1, null];
  if (type === "string") return [7, true, {}, null];
  // Any JSON value, or an object of them.
  return type === undefined ? [() => 1, new Date(), [undefined]] : ["x", [], { x: () => 1 }];
}

function goodInput({ properties, required = [] }: TObject): Record<string, unknown> {
  return Object.fromEntries(required.map((key) => [key, goodValue(properties[key]!)]));
}

it("there is a schema for every operation", () => {
  expect(Object.keys(OPERATION_SCHEMAS)).toEqual(Object.keys(OPERATIONS));
});

describe.each(SCHEMAS)("the input of %s", (name, schema) => {
  const input = goodInput(schema);

  it("must have what is required", () => {
    for (const key of schema.required ?? []) {
      const { [key]: _missing, ...rest } = input;
      expect(rejection(root, name, rest)).toEqual({ code: "argument_invalid", argument: key });
    }
    expect(readdirSync(root)).toEqual([]);
  });

  it("must have no other property", () => {
    const rejected = { code: "argument_invalid", argument: "surprise" };
    expect(rejection(root, name, { ...input, surprise: 1 })).toEqual(rejected);
    expect(readdirSync(root)).toEqual([]);
  });

  it("must have values of their types", () => {
    for (const [key, property] of Object.entries(schema.properties)) {
      for (const value of badValues(property)) {
        const rejected = rejection(root, name, { ...input, [key]: value });
        expect(rejected?.code, `${key}: ${String(value)}`).toBe("argument_invalid");
        expect(String(rejected?.argument).split(".")[0]).toBe(key);
      }
    }
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([null, 7, "x", [], () => 1])("must be an object, not %j", (value) => {
    expect(rejection(root, name, value)).toEqual({ code: "argument_invalid", argument: "" });
    expect(readdirSync(root)).toEqual([]);
  });

  it("is accepted with every property set, and with each that is optional undefined", () => {
    const { properties, required = [] } = schema;
    const all = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, goodValue(one)]));
    const none = Object.fromEntries(Object.keys(properties).map((key) => [key, undefined]));
    for (const accepted of [all, { ...none, ...input }, ...(required.length === 0 ? [undefined] : [])])
      expect(rejection(used, name, accepted)?.code).not.toBe("argument_invalid");
  });
});
