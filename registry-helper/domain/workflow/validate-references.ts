import { isClawTaskError } from "../../model/errors.ts";
import type { Json } from "../../model/json.ts";
import { MAX_CONDITION_DEPTH } from "../../model/limits.ts";
import type { ApprovalAccess, Condition } from "../../model/node-policy.ts";
import { parseMicros } from "../../model/time.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import { findUnusablePattern } from "./check-json-schema.ts";
import { listPlaceholders, resolveParams } from "./params.ts";

type Fail = (path: readonly (string | number)[], message: string, hint: string) => never;

const PARAM_NAME = /^[A-Za-z_][\w-]{0,63}$/;

/** What the schema cannot say: that names lead somewhere, and that a wait has what it waits for. */
export function checkPolicies(definition: WorkflowDefinition, fail: Fail): void {
  const params = definition.params ?? {};
  checkParams(params, fail);
  checkAccess(definition.defaults?.approval, ["defaults", "approval"], fail);
  const above = new Ancestors(definition.nodes);
  definition.nodes.forEach((node, index) => {
    const at = ["nodes", index] as const;
    checkWait(node, at, fail);
    if (node.approval !== undefined && node.kind !== "approval")
      fail([...at, "approval"], `node ${node.id} is no approval`, "give it kind: approval, or take the key out");
    checkAccess(node.approval, [...at, "approval"], fail);
    checkSchema(node.outputs.schema, [...at, "outputs", "schema"], fail);
    checkSchema(node.approval?.schema, [...at, "approval", "schema"], fail);
    if (node.when !== undefined) checkCondition(node, node.when as Condition, { params, above, fail, at, depth: 0 });
    if (definition.params !== undefined) checkPlaceholders(node, params, at, fail);
  });
}

function checkParams(params: NonNullable<WorkflowDefinition["params"]>, fail: Fail): void {
  for (const [name, spec] of Object.entries(params)) {
    if (!PARAM_NAME.test(name))
      fail(["params", name], `${name} is no name for a parameter`, "letters, digits, _ and -, beginning with a letter");
    if (spec.default === undefined) continue;
    try {
      resolveParams({ [name]: spec }, {});
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      fail(["params", name, "default"], error.message, "make the default fit type and enum");
    }
  }
}

/** Of an answer that is only reported nobody knows who gave it. */
function checkAccess(access: ApprovalAccess | undefined, at: readonly (string | number)[], fail: Fail): void {
  if (access?.approvers !== undefined && access.authority === "reported")
    fail([...at, "authority"], "approvers are named, but reported answers count", "write authority: verified");
}

/** A pattern that could be matched for ever is refused before a run begins, not when a result is there. */
function checkSchema(schema: Json | undefined, at: readonly (string | number)[], fail: Fail): void {
  // Few schemas have patterns, and what compiles them is large to load.
  if (schema === undefined || !JSON.stringify(schema).includes('"pattern')) return;
  const problem = findUnusablePattern(schema);
  if (problem !== undefined)
    fail(at, problem, "write it without looking ahead or behind and without references to groups (the syntax of RE2)");
}

/** What a wait of each type needs besides its type. */
const NEEDED = { until: "at", task: "task", event: "event" } as const;

function checkWait(node: WorkflowNode, at: readonly (string | number)[], fail: Fail): void {
  const { waitFor } = node;
  if (waitFor === undefined) return;
  const key = Object.hasOwn(NEEDED, waitFor.type) ? NEEDED[waitFor.type as keyof typeof NEEDED] : undefined;
  if (key === undefined) return;
  const value = waitFor[key];
  if (value === undefined)
    return fail([...at, "waitFor"], `node ${node.id} waits for ${waitFor.type} but names none`, `add ${key}: <...>`);
  if (key === "at" && listPlaceholders(value).length === 0 && parseMicros(value) === undefined)
    fail(
      [...at, "waitFor", "at"],
      `node ${node.id} waits for no time: ${value}`,
      "write it as 2026-12-31T09:00:00+01:00",
    );
}

interface ConditionPlace {
  params: NonNullable<WorkflowDefinition["params"]>;
  above: Ancestors;
  fail: Fail;
  at: readonly (string | number)[];
  depth: number;
}

function checkCondition(node: WorkflowNode, condition: Condition, place: ConditionPlace): void {
  const { fail, at, depth } = place;
  const path = [...at, "when"];
  if (depth > MAX_CONDITION_DEPTH)
    fail(path, `the condition of ${node.id} is nested too deeply`, `at most ${MAX_CONDITION_DEPTH} levels`);
  const deeper = { ...place, depth: depth + 1 };
  if ("all" in condition) for (const part of condition.all) checkCondition(node, part, deeper);
  else if ("any" in condition) for (const part of condition.any) checkCondition(node, part, deeper);
  else if ("not" in condition) checkCondition(node, condition.not, deeper);
  else if ("param" in condition) {
    if (!Object.hasOwn(place.params, condition.param))
      fail(path, `node ${node.id} asks for parameter ${condition.param}, which is not there`, "declare it in params");
  } else if (!place.above.has(node.id, condition.node)) {
    fail(
      path,
      `node ${node.id} asks for the result of ${condition.node}, which it does not need`,
      `add ${condition.node} to its needs: a condition looks at earlier results only`,
    );
  }
}

function checkPlaceholders(
  node: WorkflowNode,
  params: NonNullable<WorkflowDefinition["params"]>,
  at: readonly (string | number)[],
  fail: Fail,
): void {
  const { waitFor } = node;
  const texts: [string, string | undefined][] = [
    ["title", node.title],
    ["prompt", node.prompt],
    ["approval", node.approval?.question],
    ["waitFor", [waitFor?.path, waitFor?.at, waitFor?.task, waitFor?.event].join(" ")],
  ];
  for (const [key, text] of texts) {
    const unknown = listPlaceholders(text ?? "").find((name) => !Object.hasOwn(params, name));
    if (unknown !== undefined)
      fail(
        [...at, key],
        `{{${unknown}}} names no parameter`,
        `declared are: ${Object.keys(params).slice(0, 12).join(", ")}; text that is to stay as it is has a backslash before it: \\{{${unknown}}}`,
      );
  }
}

/** The nodes that each node builds on: one bit for each, since every node may ask for them. */
class Ancestors {
  private readonly indexes: ReadonlyMap<string, number>;
  private readonly nodes: readonly WorkflowNode[];
  private bits: Uint32Array | undefined;

  constructor(nodes: readonly WorkflowNode[]) {
    this.nodes = nodes;
    this.indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  }

  has(id: string, ancestor: string): boolean {
    const [from, to] = [this.indexes.get(id), this.indexes.get(ancestor)];
    if (from === undefined || to === undefined) return false;
    this.bits ??= this.collect();
    return ((this.bits[from * this.width + (to >>> 5)] ?? 0) & (1 << (to & 31))) !== 0;
  }

  private get width(): number {
    return Math.ceil(this.nodes.length / 32);
  }

  /** Each node once, behind those that it needs: what they build on, it builds on. The needs have no circle. */
  private collect(): Uint32Array {
    const { nodes, indexes, width } = this;
    const bits = new Uint32Array(nodes.length * width);
    const isDone = new Uint8Array(nodes.length);
    const needsOf = (index: number): number[] => (nodes[index]?.needs ?? []).flatMap((id) => indexes.get(id) ?? []);
    for (let start = 0; start < nodes.length; start += 1) {
      const open = [start];
      for (let index = open.at(-1); index !== undefined; index = open.at(-1)) {
        const needs = isDone[index] === 1 ? [] : needsOf(index);
        const missing = needs.filter((need) => isDone[need] === 0);
        if (missing.length > 0) {
          open.push(...missing);
          continue;
        }
        open.pop();
        if (isDone[index] === 1) continue;
        isDone[index] = 1;
        for (const need of needs) {
          for (let word = 0; word < width; word += 1)
            bits[index * width + word] = (bits[index * width + word] ?? 0) | (bits[need * width + word] ?? 0);
          const at = index * width + (need >>> 5);
          bits[at] = (bits[at] ?? 0) | (1 << (need & 31));
        }
      }
    }
    return bits;
  }
}
