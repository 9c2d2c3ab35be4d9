import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { Condition, ValueTest } from "../../../model/node-policy.ts";
import type { RunNode } from "../../../model/run-documents.ts";

/** What a condition may look at. */
export interface ConditionFacts {
  params: JsonObject | undefined;
  node: (id: string) => RunNode | undefined;
}

/**
 * Whether a condition is met. Pure and total: what is not there is not equal to anything.
 *
 * @example isMet({ node: "review", choice: "publish" }, facts)
 * @example isMet({ node: "score", output: "points.total", greaterThan: 7 }, facts)
 */
export function isMet(condition: Condition, facts: ConditionFacts): boolean {
  if ("all" in condition) return condition.all.every((part) => isMet(part, facts));
  if ("any" in condition) return condition.any.some((part) => isMet(part, facts));
  if ("not" in condition) return !isMet(condition.not, facts);
  if ("param" in condition) return passes(condition, valueAt(facts.params, condition.param));
  const node = facts.node(condition.node);
  if (node === undefined) return false;
  if (
    condition.status !== undefined &&
    getSpecificStatus(node) !== condition.status &&
    node.status !== condition.status
  )
    return false;
  if (condition.choice !== undefined && node.answer?.choice !== condition.choice) return false;
  if (condition.output === undefined)
    return condition.status !== undefined || condition.choice !== undefined || node.status === "completed";
  return passes(condition, valueAt(node.output, condition.output));
}

/** `rejected`, `timed_out` and the like say more than `failed`. */
function getSpecificStatus(node: RunNode): string {
  return node.reason ?? node.status;
}

/** Follows `a.b.0` into a JSON value. */
function valueAt(value: Json | undefined, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const key of path.split(".")) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

/** Whether a value passes a test; undefined stands for one that is not there. */
export function passes(test: ValueTest, value: Json | undefined): boolean {
  const isThere = value !== undefined && value !== null;
  if (test.exists !== undefined && test.exists !== isThere) return false;
  if (test.equals !== undefined && !isSame(value, test.equals)) return false;
  if (test.notEquals !== undefined && isSame(value, test.notEquals)) return false;
  if (test.in !== undefined && !test.in.some((one) => isSame(value, one))) return false;
  if (test.greaterThan !== undefined && !(typeof value === "number" && value > test.greaterThan)) return false;
  if (test.lessThan !== undefined && !(typeof value === "number" && value < test.lessThan)) return false;
  const isTested = [test.exists, test.equals, test.notEquals, test.in, test.greaterThan, test.lessThan].some(
    (one) => one !== undefined,
  );
  return isTested || (isThere && value !== false);
}

function isSame(one: Json | undefined, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
