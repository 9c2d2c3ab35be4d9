import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import { checkArray } from "./array-keywords.ts";
import { canonicalText, isOfType, listOf, matchesType } from "./json-values.ts";
import { checkObject } from "./object-keywords.ts";
import { checkNumber, checkString } from "./scalar-keywords.ts";
import { SchemaCheck, type SchemaError } from "./schema-check.ts";

/**
 * Checks a value against a JSON Schema (draft 7), by reading the schema: nothing is generated and run. Formats and unknown
 * words are not looked at. The messages are those of ajv, which checked before.
 *
 * @throws Error in words, when the schema cannot be used
 */
export function validateValue(schema: Json, value: Json): SchemaError[] {
  const check = new SchemaCheck(schema);
  return check.collect(() => applySchema(check, schema, value, ""));
}

/** Applies one schema to a value at a place. */
export function applySchema(check: SchemaCheck, schema: Json, value: Json, path: string): void {
  check.enter(() => {
    if (schema === false) return check.fail(path, "boolean schema is false");
    if (schema === true) return undefined;
    if (!isJsonObject(schema)) throw new Error("a part of it is neither an object nor true or false");
    // In draft 7 a reference stands alone.
    if (typeof schema["$ref"] === "string") return applySchema(check, check.resolve(schema["$ref"]), value, path);
    checkType(check, schema, value, path);
    if (isOfType(value, "number")) checkNumber(check, schema, value as number, path);
    if (typeof value === "string") checkString(check, schema, value, path);
    checkValues(check, schema, value, path);
    checkCombinations(check, schema, value, path);
    if (Array.isArray(value)) checkArray(check, schema, value, path, applySchema);
    if (isJsonObject(value)) checkObject(check, schema, value, path, applySchema);
    return undefined;
  });
}

function checkType(check: SchemaCheck, schema: JsonObject, value: Json, path: string): void {
  const types = typeof schema["type"] === "string" ? [schema["type"]] : listOf(schema["type"]).map(String);
  if (types.length === 0 || types.some((type) => matchesType(value, type))) return;
  check.fail(path, `must be ${types.join(",")}`);
}

function checkValues(check: SchemaCheck, schema: JsonObject, value: Json, path: string): void {
  const own = schema["enum"] === undefined && schema["const"] === undefined ? "" : canonicalText(value);
  if (schema["const"] !== undefined && canonicalText(schema["const"]) !== own)
    check.fail(path, "must be equal to constant");
  if (schema["enum"] !== undefined && !listOf(schema["enum"]).some((one) => canonicalText(one) === own))
    check.fail(path, "must be equal to one of the allowed values");
}

function checkCombinations(check: SchemaCheck, schema: JsonObject, value: Json, path: string): void {
  const errorsOf = (one: Json): SchemaError[] => check.collect(() => applySchema(check, one, value, path));
  if (schema["not"] !== undefined && errorsOf(schema["not"]).length === 0) check.fail(path, "must NOT be valid");
  if (schema["anyOf"] !== undefined) {
    const results = listOf(schema["anyOf"]).map(errorsOf);
    if (results.every((errors) => errors.length > 0)) {
      check.errors.push(...results.flat());
      check.fail(path, "must match a schema in anyOf");
    }
  }
  if (schema["oneOf"] !== undefined) {
    const results = listOf(schema["oneOf"]).map(errorsOf);
    const fitting = results.filter((errors) => errors.length === 0);
    if (fitting.length === 0) check.errors.push(...results.flat());
    if (fitting.length !== 1) check.fail(path, "must match exactly one schema in oneOf");
  }
  for (const one of listOf(schema["allOf"])) applySchema(check, one, value, path);
  if (schema["if"] !== undefined) {
    const branch = errorsOf(schema["if"]).length === 0 ? "then" : "else";
    const errors = schema[branch] === undefined ? [] : errorsOf(schema[branch]);
    check.errors.push(...errors);
    if (errors.length > 0) check.fail(path, `must match "${branch}" schema`);
  }
}
