import type { Condition, ValueTest } from "../../model/node-policy.ts";
import { NODE_REASONS, NODE_STATUSES } from "../../model/run-documents.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import { closestWord } from "./closest-word.ts";
import type { Fail } from "./validate-definition.ts";
import { findContradiction, findForeignValues, outputDomain, paramDomain, type ValueDomain } from "./value-domain.ts";

type Path = readonly (string | number)[];
type Of<Key extends string> = Extract<Condition, { [Name in Key]: unknown }>;

/** What may be answered where the workflow names no choices. */
const DEFAULT_CHOICES = ["approve", "reject"];
const STATUSES: readonly string[] = [...NODE_STATUSES, ...NODE_REASONS];

/**
 * Refuses conditions that can never be met, as far as the workflow knows: by the type and the values of a parameter, the
 * choices of an approval, the words for a status, the schema of a result. A node behind one is left out of every run
 * without a word.
 */
export function checkConditions(
  definition: WorkflowDefinition,
  fail: Fail,
  warn: (at: Path, warning: string) => void,
): void {
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]));
  const params = definition.params ?? {};
  definition.nodes.forEach(({ id, when }, index) => {
    if (when !== undefined)
      new ConditionCheck({ id, nodes, params, fail, warn }).check(when as Condition, ["nodes", index, "when"]);
  });
}

class ConditionCheck {
  private readonly context: {
    id: string;
    nodes: ReadonlyMap<string, WorkflowNode>;
    params: NonNullable<WorkflowDefinition["params"]>;
    fail: Fail;
    warn: (at: Path, warning: string) => void;
  };

  constructor(context: ConditionCheck["context"]) {
    this.context = context;
  }

  check(condition: Condition, at: Path): void {
    if ("all" in condition) this.checkAll(condition.all, [...at, "all"]);
    else if ("any" in condition) this.checkAny(condition.any, [...at, "any"]);
    else if ("not" in condition) this.checkNot(condition.not, [...at, "not"]);
    else if ("param" in condition)
      this.checkValue(`parameter ${condition.param}`, [condition], this.domainOf(condition), at);
    else this.checkNode(condition, at);
  }

  /** What is tested twice has to pass both. */
  private checkAll(parts: readonly Condition[], at: Path): void {
    const byValue = new Map<string, (Of<"param"> | Of<"node">)[]>();
    for (const [index, part] of parts.entries()) {
      this.check(part, [...at, index]);
      const name = this.valueOf(part);
      if (name !== undefined) byValue.set(name, [...(byValue.get(name) ?? []), part as Of<"param"> | Of<"node">]);
    }
    for (const [name, tests] of byValue) {
      const [first] = tests;
      if (first === undefined || tests.length < 2) continue;
      this.checkValue(name, tests, this.domainOf(first), at);
    }
    const choices = new Map<string, string>();
    for (const part of parts) {
      if (!("node" in part) || part.choice === undefined) continue;
      const other = choices.get(part.node) ?? part.choice;
      choices.set(part.node, part.choice);
      if (other !== part.choice) this.refuse(at, `${part.node} has one answer, not ${other} and ${part.choice}`);
    }
  }

  private checkAny(parts: readonly Condition[], at: Path): void {
    if (parts.length === 0) this.refuse(at, "it lists nothing of which one could be met");
    for (const [index, part] of parts.entries()) this.check(part, [...at, index]);
  }

  private checkNot(part: Condition, at: Path): void {
    if ("all" in part && part.all.length === 0) this.refuse(at, "all of nothing is always met");
    this.check(part, at);
  }

  private checkNode(condition: Of<"node">, at: Path): void {
    const { node: id, status, choice, output } = condition;
    const node = this.context.nodes.get(id);
    if (status !== undefined && !STATUSES.includes(status)) {
      const meant = closestWord(status, STATUSES);
      this.refuse(
        [...at, "status"],
        `there is no status ${status}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      );
    }
    if (choice !== undefined) {
      if (node?.kind !== "approval") this.refuse([...at, "choice"], `${id} is no approval, so nothing is chosen there`);
      const choices = node?.approval?.choices ?? DEFAULT_CHOICES;
      if (!choices.includes(choice))
        this.refuse([...at, "choice"], `${id} can be answered with ${choices.join(", ")}, not ${choice}`);
    }
    if (output === undefined) return;
    if ((node?.kind === "approval" || node?.kind === "wait") && condition.exists !== false)
      this.refuse([...at, "output"], `${id} leaves no result: it is of kind ${node.kind}`);
    this.checkValue(`${output} of ${id}`, [condition], this.domainOf(condition), at);
  }

  private checkValue(name: string, tests: readonly ValueTest[], domain: ValueDomain, at: Path): void {
    const problem = findContradiction(tests, domain);
    if (problem !== undefined) this.refuse(at, `${name} never fits: ${problem}`);
    for (const test of tests.length === 1 ? tests : []) {
      const foreign = findForeignValues(test, domain);
      if (foreign.length > 0)
        this.context.warn(at, `${name} is never ${foreign.map((one) => JSON.stringify(one)).join(", ")}`);
    }
  }

  private domainOf(condition: Of<"param"> | Of<"node">): ValueDomain {
    const { nodes, params } = this.context;
    if ("param" in condition) {
      const spec = params[condition.param];
      return spec === undefined ? { mayBeMissing: true } : paramDomain(spec);
    }
    return outputDomain(nodes.get(condition.node)?.outputs.schema, condition.output ?? "");
  }

  /** What a condition tests, by a name of its own; undefined when it is not a value. */
  private valueOf(condition: Condition): string | undefined {
    if ("param" in condition) return `parameter ${condition.param}`;
    return "node" in condition && condition.output !== undefined
      ? `${condition.output} of ${condition.node}`
      : undefined;
  }

  private refuse(at: Path, why: string): void {
    this.context.fail(
      at,
      `the condition of ${this.context.id} can never be met: ${why}`,
      "compare with what the value can be, or take the condition out",
    );
  }
}
