import { checkAgainst } from "../../workflow/check-against.ts";
import type { CheckResult } from "./finish.ts";

/** Checks a result with the schema compiler. */
export const checkResult: CheckResult = (node, result) =>
  node.policy?.resultSchema === undefined ? undefined : checkAgainst(node.policy.resultSchema, result);
