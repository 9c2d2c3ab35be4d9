import { findSchemaProblem } from "../../domain/workflow/check-json-schema.ts";
import type { CheckResult } from "./complete-fail-result.ts";

/** Checks a result with the schema compiler. */
export const checkResult: CheckResult = (node, result) =>
  node.policy?.resultSchema === undefined ? undefined : findSchemaProblem(node.policy.resultSchema, result);
