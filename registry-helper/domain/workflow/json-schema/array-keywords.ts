import type { Json, JsonObject } from "../../../model/json.ts";
import { canonicalText, listOf, numberOf, pointer } from "./json-values.ts";
import type { SchemaCheck, SchemaError } from "./schema-check.ts";

/** Applies a schema to a part of the value. */
export type ApplySchema = (check: SchemaCheck, schema: Json, value: Json, path: string) => void;

export function checkArray(
  check: SchemaCheck,
  schema: JsonObject,
  value: readonly Json[],
  path: string,
  apply: ApplySchema,
): void {
  const max = numberOf(schema["maxItems"]);
  const min = numberOf(schema["minItems"]);
  if (max !== undefined && value.length > max) check.fail(path, `must NOT have more than ${max} items`);
  if (min !== undefined && value.length < min) check.fail(path, `must NOT have fewer than ${min} items`);
  checkItems(check, schema, value, path, apply);
  checkContains(check, schema, value, path, apply);
  if (schema["uniqueItems"] === true) checkUnique(check, value, path);
}

function checkContains(
  check: SchemaCheck,
  schema: JsonObject,
  value: readonly Json[],
  path: string,
  apply: ApplySchema,
): void {
  const { contains } = schema;
  if (contains === undefined) return;
  const errors: SchemaError[] = [];
  for (const [index, item] of value.entries()) {
    const found = check.collect(() => apply(check, contains, item, pointer(path, index)));
    if (found.length === 0) return;
    errors.push(...found);
  }
  check.errors.push(...errors);
  check.fail(path, "must contain at least 1 valid item(s)");
}

function checkItems(
  check: SchemaCheck,
  schema: JsonObject,
  value: readonly Json[],
  path: string,
  apply: ApplySchema,
): void {
  const { items, additionalItems } = schema;
  const isTuple = Array.isArray(items);
  const tuple = listOf(items);
  for (const [index, item] of value.entries()) {
    const own = isTuple ? (tuple[index] ?? (additionalItems === false ? undefined : additionalItems)) : items;
    if (own !== undefined) apply(check, own, item, pointer(path, index));
  }
  if (isTuple && additionalItems === false && value.length > tuple.length)
    check.fail(path, `must NOT have more than ${tuple.length} items`);
}

function checkUnique(check: SchemaCheck, value: readonly Json[], path: string): void {
  const seen = new Map<string, number>();
  for (const [index, item] of value.entries()) {
    const text = canonicalText(item);
    const earlier = seen.get(text);
    if (earlier !== undefined)
      return check.fail(path, `must NOT have duplicate items (items ## ${earlier} and ${index} are identical)`);
    seen.set(text, index);
  }
  return undefined;
}
