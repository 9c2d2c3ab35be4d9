import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { ApplySchema } from "./array-keywords.ts";
import { listOf, numberOf, pointer } from "./json-values.ts";
import type { SchemaCheck } from "./schema-check.ts";

export function checkObject(
  check: SchemaCheck,
  schema: JsonObject,
  value: JsonObject,
  path: string,
  apply: ApplySchema,
): void {
  const keys = Object.keys(value);
  const max = numberOf(schema["maxProperties"]);
  const min = numberOf(schema["minProperties"]);
  if (max !== undefined && keys.length > max) check.fail(path, `must NOT have more than ${max} properties`);
  if (min !== undefined && keys.length < min) check.fail(path, `must NOT have fewer than ${min} properties`);
  for (const name of listOf(schema["required"]).map(String))
    if (!Object.hasOwn(value, name)) check.fail(path, `must have required property '${name}'`);
  checkDependencies(check, schema, value, path, apply);
  checkNames(check, schema, keys, path, apply);
  checkProperties(check, schema, value, path, apply);
}

function checkProperties(
  check: SchemaCheck,
  schema: JsonObject,
  value: JsonObject,
  path: string,
  apply: ApplySchema,
): void {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const patterns = isJsonObject(schema["patternProperties"]) ? Object.entries(schema["patternProperties"]) : [];
  const { additionalProperties } = schema;
  for (const [key, one] of Object.entries(value)) {
    const place = pointer(path, key);
    const isDeclared = Object.hasOwn(properties, key);
    const matching = patterns.filter(([pattern]) => check.pattern(pattern).test(key));
    if (!isDeclared && matching.length === 0) {
      if (additionalProperties === false) check.fail(path, "must NOT have additional properties");
      else if (additionalProperties !== undefined) apply(check, additionalProperties, one, place);
    }
    if (isDeclared) apply(check, properties[key] as Json, one, place);
    for (const [, wanted] of matching) apply(check, wanted, one, place);
  }
}

function checkNames(
  check: SchemaCheck,
  schema: JsonObject,
  keys: readonly string[],
  path: string,
  apply: ApplySchema,
): void {
  const { propertyNames } = schema;
  if (propertyNames === undefined) return;
  for (const key of keys) {
    const errors = check.collect(() => apply(check, propertyNames, key, path));
    if (errors.length === 0) continue;
    check.errors.push(...errors);
    check.fail(path, "property name must be valid");
  }
}

function checkDependencies(
  check: SchemaCheck,
  schema: JsonObject,
  value: JsonObject,
  path: string,
  apply: ApplySchema,
): void {
  const dependencies = isJsonObject(schema["dependencies"]) ? schema["dependencies"] : {};
  for (const [key, wanted] of Object.entries(dependencies)) {
    if (!Object.hasOwn(value, key)) continue;
    if (!Array.isArray(wanted)) {
      apply(check, wanted, value, path);
      continue;
    }
    const names = wanted.map(String);
    if (names.every((name) => Object.hasOwn(value, name))) continue;
    const what = names.length === 1 ? "property" : "properties";
    check.fail(path, `must have ${what} ${names.join(", ")} when property ${key} is present`);
  }
}
