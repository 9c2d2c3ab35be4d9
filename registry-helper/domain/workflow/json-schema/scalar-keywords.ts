import type { JsonObject } from "../../../model/json.ts";
import { numberOf } from "./json-values.ts";
import type { SchemaCheck } from "./schema-check.ts";

/** Longer texts are not matched with patterns: linear time has a factor, too. */
const MAX_MATCHED_LENGTH = 100_000;

export function checkNumber(check: SchemaCheck, schema: JsonObject, value: number, path: string): void {
  const bounds = [
    ["maximum", "<=", (limit: number) => value <= limit],
    ["minimum", ">=", (limit: number) => value >= limit],
    ["exclusiveMaximum", "<", (limit: number) => value < limit],
    ["exclusiveMinimum", ">", (limit: number) => value > limit],
  ] as const;
  for (const [keyword, sign, fits] of bounds) {
    const limit = numberOf(schema[keyword]);
    if (limit !== undefined && !fits(limit)) check.fail(path, `must be ${sign} ${limit}`);
  }
  const factor = numberOf(schema["multipleOf"]);
  if (factor !== undefined && !Number.isInteger(value / factor)) check.fail(path, `must be multiple of ${factor}`);
}

export function checkString(check: SchemaCheck, schema: JsonObject, value: string, path: string): void {
  const max = numberOf(schema["maxLength"]);
  const min = numberOf(schema["minLength"]);
  const length = max === undefined && min === undefined ? 0 : countCodePoints(value);
  if (max !== undefined && length > max) check.fail(path, `must NOT have more than ${max} characters`);
  if (min !== undefined && length < min) check.fail(path, `must NOT have fewer than ${min} characters`);
  const { pattern } = schema;
  if (typeof pattern !== "string") return;
  if (value.length > MAX_MATCHED_LENGTH)
    check.fail(path, `is too long for a pattern (${MAX_MATCHED_LENGTH} characters)`);
  else if (!check.pattern(pattern).test(value)) check.fail(path, `must match pattern "${pattern}"`);
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}
