import { Ajv } from "ajv";
import { getErrorMessage } from "../../model/errors.ts";
import type { Json } from "../../model/json.ts";

/**
 * Checks a value against a JSON Schema that a workflow carries.
 *
 * @returns what does not fit, in words; undefined when all fits
 */
export function findSchemaProblem(schema: Json, value: Json | undefined): string | undefined {
  let validate: ReturnType<Ajv["compile"]>;
  try {
    // Formats and unknown words are left to the author: a schema must not stop a run because of them.
    validate = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false }).compile(
      schema as object,
    );
  } catch (error) {
    return `the workflow's schema cannot be used: ${getErrorMessage(error)}`;
  }
  if (value === undefined) return "no data was given";
  if (validate(value)) return undefined;
  const problems = (validate.errors ?? []).slice(0, 3);
  return problems
    .map(
      ({ instancePath, message }) => `${instancePath.replaceAll("/", ".").slice(1) || "it"} ${message ?? "is wrong"}`,
    )
    .join("; ");
}
