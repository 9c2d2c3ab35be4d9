import { getErrorMessage } from "../../model/errors.ts";
import type { Json } from "../../model/json.ts";
import type { SchemaError } from "./json-schema/schema-check.ts";
import { findPatternProblem } from "./json-schema/schema-walk.ts";
import { validateValue } from "./json-schema/validate-value.ts";

/**
 * Checks a value against a JSON Schema that a workflow carries.
 *
 * @returns what does not fit, in words; undefined when all fits
 */
export function findSchemaProblem(schema: Json, value: Json | undefined): string | undefined {
  let problems: SchemaError[];
  try {
    problems = validateValue(schema, value ?? null);
  } catch (error) {
    return `the workflow's schema cannot be used: ${getErrorMessage(error)}`;
  }
  if (value === undefined) return "no data was given";
  if (problems.length === 0) return undefined;
  return problems
    .slice(0, 3)
    .map(({ path, message }) => `${path.replaceAll("/", ".").slice(1) || "it"} ${message}`)
    .join("; ");
}

/**
 * Looks for what a schema of a workflow must not have: patterns that could be matched for ever.
 *
 * @returns the first one, in words; undefined when the schema can be used
 */
export function findUnusablePattern(schema: Json): string | undefined {
  return findPatternProblem(schema);
}
