import { formatDuration } from "../../model/duration.ts";
import type { NodePolicy, Condition, ValueTest } from "../../model/node-policy.ts";

/** What a workflow says about a node beyond its kind and needs, one phrase for each thing. */
export function formatPolicy(policy: NodePolicy | undefined): string[] {
  if (policy === undefined) return [];
  const { when, timeoutMs, retries, onFailure, evidence, approval, resultSchema } = policy;
  return [
    ...(when === undefined ? [] : [`if ${formatCondition(when)}`]),
    ...(timeoutMs === undefined ? [] : [`at most ${formatDuration(timeoutMs)}`]),
    ...(retries === undefined
      ? []
      : [`${retries.max} more ${retries.max === 1 ? "try" : "tries"} after ${formatDuration(retries.backoffMs)}`]),
    ...(onFailure === undefined || onFailure === "block" ? [] : [FAILURE_TEXTS[onFailure]]),
    ...(evidence === "required" ? ["files required"] : []),
    ...(resultSchema === undefined ? [] : ["result.json is checked"]),
    ...(approval?.choices === undefined ? [] : [`choices: ${approval.choices.join(" | ")}`]),
    ...(approval?.schema === undefined ? [] : ["the answer is checked"]),
    ...(approval?.authority === "verified" && approval.approvers === undefined
      ? ["only a verified answer counts"]
      : []),
    ...(approval?.approvers === undefined ? [] : [`only ${approval.approvers.join(", ")} may answer`]),
    ...(approval?.expiresAfterMs === undefined ? [] : [`expires after ${formatDuration(approval.expiresAfterMs)}`]),
  ];
}

const FAILURE_TEXTS = { continue: "others go on when it fails", skip: "what needs it is left out when it fails" };

/**
 * A condition in words.
 *
 * @example formatCondition({ node: "score", output: "points", greaterThan: 7 }) === "score.points > 7"
 */
export function formatCondition(condition: Condition): string {
  if ("all" in condition) return joined(condition.all, " and ");
  if ("any" in condition) return joined(condition.any, " or ");
  if ("not" in condition) return `not (${formatCondition(condition.not)})`;
  if ("param" in condition) return testText(condition.param, condition);
  const { node, status, choice, output } = condition;
  const parts = [
    ...(status === undefined ? [] : [`${node} is ${status}`]),
    ...(choice === undefined ? [] : [`${node} = ${JSON.stringify(choice)}`]),
    ...(output === undefined ? [] : [testText(`${node}.${output}`, condition)]),
  ];
  return parts.length === 0 ? `${node} is completed` : parts.join(" and ");
}

function joined(conditions: readonly Condition[], word: string): string {
  return conditions
    .map((one) => ("all" in one || "any" in one ? `(${formatCondition(one)})` : formatCondition(one)))
    .join(word);
}

function testText(name: string, test: ValueTest): string {
  const parts = [
    ...(test.equals === undefined ? [] : [`${name} = ${JSON.stringify(test.equals)}`]),
    ...(test.notEquals === undefined ? [] : [`${name} is not ${JSON.stringify(test.notEquals)}`]),
    ...(test.in === undefined ? [] : [`${name} is one of ${test.in.map((one) => JSON.stringify(one)).join(", ")}`]),
    ...(test.greaterThan === undefined ? [] : [`${name} > ${test.greaterThan}`]),
    ...(test.lessThan === undefined ? [] : [`${name} < ${test.lessThan}`]),
    ...(test.exists === undefined ? [] : [`${name} is ${test.exists ? "" : "not "}there`]),
  ];
  return parts.length === 0 ? `${name} is there` : parts.join(" and ");
}
