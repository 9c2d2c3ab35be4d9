import { describe, expect, it } from "vitest";
import { resolveParams, fillPlaceholders } from "../../../../registry-helper/domain/workflow/params.ts";
import {
  parseRecordedWorkflow,
  parseSpec,
  parseWorkflow,
} from "../../../../registry-helper/domain/workflow/parse-workflow.ts";
import { isClawTaskError } from "../../../../registry-helper/model/errors.ts";
import { MAX_PARAMS, MAX_YAML_DEPTH } from "../../../../registry-helper/model/limits.ts";
import type { WorkflowDefinition } from "../../../../registry-helper/model/workflow-definition.ts";

const PATH = "x.task.md";
const file = (yaml: string): string => `---\nworkflowId: x\ntitle: X\n${yaml}\n---\n`;
const NODE = "nodes: [{ id: a, title: A, kind: session_turn, outputs: { mode: notify } }]";

function read(yaml: string): { definition: WorkflowDefinition; warnings: string[] } {
  const warnings: string[] = [];
  return { definition: parseWorkflow(file(yaml), PATH, (one) => warnings.push(one)), warnings };
}

function problemOf(read_: () => unknown): string {
  try {
    read_();
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return `${error.code}: ${error.message}; ${error.next ?? ""}`;
  }
  throw new Error("it was accepted");
}

const problem = (yaml: string): string => problemOf(() => read(yaml));

describe("a text parameter", () => {
  const definition = (more: string, when = ""): WorkflowDefinition =>
    read(
      [
        `params:\n  v: { type: string, ${more} }`,
        `nodes:\n  - { id: a, title: A, kind: session_turn, outputs: { mode: notify }${when === "" ? "" : `, when: ${when}`} }`,
      ].join("\n"),
    ).definition;

  it.each([
    "3.10",
    "01234",
    "1e3",
    "0x1F",
    "1_000",
    "true",
    "False",
    "+5",
    ".5",
    "1.0",
    "12345678901234567890",
    "2026-01-01",
  ])("keeps %s as it is written, in its default, in what it may be and in every condition", (written) => {
    const { params } = definition(`default: ${written}, enum: [${written}, other]`);
    expect(params).toMatchObject({ v: { default: written, enum: [written, "other"] } });
    expect(resolveParams(params ?? {}, {})).toEqual({ v: written });
    for (const test of [`equals: ${written}`, `notEquals: ${written}`, `in: [${written}]`]) {
      const key = test.split(":")[0] ?? "";
      const value = key === "in" ? [written] : written;
      const wrap = (when: string): WorkflowDefinition["nodes"][0] | undefined =>
        definition("default: x", when).nodes[0];
      expect(wrap(`{ param: v, ${test} }`)?.when).toEqual({ param: "v", [key]: value });
      expect(wrap(`{ not: { param: v, ${test} } }`)?.when).toEqual({ not: { param: "v", [key]: value } });
      expect(wrap(`{ all: [{ any: [{ param: v, ${test} }] }] }`)?.when).toEqual({
        all: [{ any: [{ param: "v", [key]: value }] }],
      });
    }
  });

  it("keeps it through aliases and merged mappings", () => {
    const { definition: merged } = read(
      [
        "x-text: &text { type: string, default: 3.10 }",
        "params:\n  a: *text\n  b: { <<: *text, enum: [3.10] }\n  c: { type: number, default: 3.10 }",
        NODE,
      ].join("\n"),
    );
    expect(merged.params).toEqual({
      a: { type: "string", default: "3.10" },
      b: { type: "string", default: "3.10", enum: ["3.10"] },
      c: { type: "number", default: 3.1 },
    });
  });

  it("of a JSON spec may name numbers, which are chosen as text", () => {
    const nodes = [{ id: "a", title: "A", kind: "session_turn", outputs: { mode: "notify" } }];
    const spec = { workflowId: "x", title: "X", params: { v: { type: "string", enum: [1, 2], default: 1 } }, nodes };
    const { params } = parseSpec(JSON.stringify(spec), "spec.json");
    expect(resolveParams(params ?? {}, { v: "2" })).toEqual({ v: "2" });
  });
});

describe("a condition that can never be met", () => {
  const nodes = (when: string): string =>
    [
      "params:",
      "  publish: { type: boolean, default: true }",
      "  depth: { type: integer, default: 2 }",
      "  share: { type: number, default: 0.5 }",
      "  lang: { type: string, enum: [de, en], default: de }",
      "  size: { type: integer, enum: [1, 2, 3], default: 1 }",
      "  name: { type: string, default: x }",
      "nodes:",
      "  - { id: ok, title: OK, kind: approval, approval: { choices: [Send, Later, Keep] }, outputs: { mode: notify } }",
      "  - { id: plain, title: P, kind: approval, outputs: { mode: notify } }",
      "  - { id: hold, title: H, kind: wait, outputs: { mode: notify } }",
      "  - id: score\n    title: S\n    kind: session_turn\n    outputs:\n      mode: report",
      "      schema: { type: object, properties: { points: { type: integer }, grade: { enum: [A, B] }, ok: { type: boolean }, tags: { type: array, items: { type: string } } } }",
      "  - { id: work, title: W, kind: session_turn, outputs: { mode: report } }",
      `  - { id: pub, title: Pub, kind: session_turn, needs: [ok, plain, hold, score, work], when: ${when}, outputs: { mode: notify } }`,
    ].join("\n");

  it.each([
    "{ param: publish, equals: yes }",
    '{ param: depth, equals: "2" }',
    "{ param: depth, equals: 2.5 }",
    "{ param: share, equals: half }",
    "{ param: lang, equals: fr }",
    "{ param: lang, in: [fr, it] }",
    "{ param: size, equals: 4 }",
    "{ param: size, greaterThan: 3 }",
    "{ param: size, lessThan: 1 }",
    "{ param: depth, greaterThan: 3, lessThan: 4 }",
    "{ param: share, greaterThan: 4, lessThan: 3 }",
    "{ param: name, greaterThan: 3 }",
    "{ param: publish, lessThan: 3 }",
    "{ param: name, exists: false }",
    "{ param: name, equals: a, notEquals: a }",
    "{ param: name, equals: a, in: [b] }",
    "{ not: { param: publish, equals: yes } }",
    "{ not: { all: [] } }",
    "{ any: [] }",
    "{ all: [{ param: lang, equals: de }, { param: lang, equals: en }] }",
    "{ all: [{ param: name, equals: de }, { param: name, equals: en }] }",
    "{ all: [{ node: ok, choice: Send }, { node: ok, choice: Keep }] }",
    "{ all: [{ node: work, status: completed }, { param: lang, equals: fr }] }",
    "{ any: [{ param: lang, equals: de }, { param: lang, equals: fr }] }",
    "{ node: ok, choice: send }",
    "{ node: ok, choice: approve }",
    "{ node: plain, choice: yes }",
    "{ node: work, choice: Send }",
    "{ node: ok, status: done }",
    "{ node: work, status: complete }",
    "{ node: ok, output: points, equals: 3 }",
    "{ node: hold, output: points }",
    "{ node: score, output: points, equals: many }",
    "{ node: score, output: points, greaterThan: 3, lessThan: 4 }",
    "{ node: score, output: grade, equals: C }",
    "{ node: score, output: ok, equals: yes }",
    "{ node: score, output: tags.0, equals: 3 }",
  ])("%s is refused, with its place", (when) => {
    expect(problem(nodes(when))).toMatch(
      /^workflow_invalid: x\.task\.md:\d+:\d+: the condition of pub can never be met: /,
    );
    // A run that has such a workflow was made before it was refused, and goes on.
    expect(parseRecordedWorkflow(file(nodes(when)), PATH).nodes).toHaveLength(6);
  });

  it.each([
    "{ param: publish, equals: true }",
    "{ param: publish }",
    "{ not: { param: publish } }",
    "{ param: depth, equals: 2 }",
    "{ param: depth, greaterThan: 2, lessThan: 4 }",
    "{ param: share, greaterThan: 3, lessThan: 4 }",
    "{ param: lang, in: [de] }",
    "{ param: lang, notEquals: de }",
    "{ param: name, equals: anything }",
    "{ all: [] }",
    "{ all: [{ param: size, greaterThan: 1 }, { param: size, lessThan: 3 }] }",
    "{ all: [{ node: ok, choice: Send }, { node: plain, choice: approve }] }",
    "{ node: ok, choice: Keep }",
    "{ node: plain, choice: reject }",
    "{ node: work, status: timed_out }",
    "{ node: work, status: skipped }",
    "{ node: work, output: anything.at.all, equals: 3 }",
    "{ node: score, output: points, greaterThan: 7 }",
    "{ node: score, output: points, exists: false }",
    "{ node: score, output: grade, equals: A }",
    "{ node: score, output: other, equals: 3 }",
    "{ node: hold, output: points, exists: false }",
  ])("%s is none", (when) => {
    expect(read(nodes(when)).warnings).toEqual([]);
  });

  it("only in a part is warned of", () => {
    expect(read(nodes("{ param: lang, in: [de, fr] }")).warnings).toEqual([
      expect.stringMatching(/^x\.task\.md:\d+:\d+: parameter lang is never "fr"$/),
    ]);
    expect(read(nodes("{ param: publish, notEquals: yes }")).warnings).toHaveLength(1);
  });
});

describe("a key that nothing reads", () => {
  const node = "  - { id: a, title: A, kind: wait, outputs: { mode: notify";
  it.each<[string, string, string]>([
    ["need: [a]", `nodes:\n${node} }, need: [] }`, "did you mean needs?"],
    ["retrys", `nodes:\n${node} }, retrys: 2 }`, "did you mean retries?"],
    ["wait_for", `nodes:\n${node} }, wait_for: { type: manual } }`, "did you mean waitFor?"],
    ["Prompt", `nodes:\n${node} }, Prompt: x }`, "did you mean prompt?"],
    ["requiredFile", `nodes:\n${node}, requiredFile: [] } }`, "did you mean requiredFiles?"],
    ["evnt", `nodes:\n${node} }, waitFor: { type: event, event: x, evnt: x } }`, "did you mean event?"],
    ["defualts", `defualts: {}\n${NODE}`, "did you mean defaults?"],
    ["param", `param: {}\n${NODE}`, "did you mean params?"],
    ["retrys", `defaults: { retrys: 2 }\n${NODE}`, "did you mean retries?"],
    ["zebra", `nodes:\n${node} }, zebra: 2 }`, "known are: id, title, kind"],
  ])("%s is warned of, with its place and what was meant", (_key, yaml, advice) => {
    const { warnings } = read(yaml);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^x\.task\.md:\d+:\d+: .* is ignored; /);
    expect(warnings[0]).toContain(advice);
  });

  it("is not told of where other tools and people have theirs", () => {
    expect(read(`x-base: 1\ndescription: d\ndriver: { any: 1 }\nmetadata: { a: 1 }\n${NODE}`).warnings).toEqual([]);
  });

  it("is told of in a JSON spec too, and of many only some", () => {
    const warnings: string[] = [];
    const odd = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`odd${index}`, 1]));
    const nodes = [{ id: "a", title: "A", kind: "wait", outputs: { mode: "notify" } }];
    parseSpec(JSON.stringify({ workflowId: "x", title: "X", nodes, ...odd }), "spec.json", (one) => warnings.push(one));
    expect(warnings).toHaveLength(20);
  });
});

describe("a placeholder behind a backslash", () => {
  it.each<[string, string]>([
    ["keep \\{{count}}", "keep {{count}}"],
    ["\\{{ count }} and {{lang}}", "{{ count }} and de"],
    ["\\{{lang}}{{lang}}", "{{lang}}de"],
    ["{{other}}", "{{other}}"],
  ])("%s stays as it is written: %s", (text, filled) => {
    expect(fillPlaceholders(text, { lang: "de" })).toBe(filled);
  });

  it("is valid in every text, and named where one is refused", () => {
    const texts = (text: string): string =>
      [
        "params: { lang: { type: string, default: de } }",
        `nodes:\n  - { id: a, title: '${text}', kind: approval, prompt: '${text}', approval: { question: '${text}' }, outputs: { mode: notify } }`,
        `  - { id: w, title: W, kind: wait, waitFor: { type: event, event: '${text}' }, outputs: { mode: notify } }`,
      ].join("\n");
    expect(read(texts("\\{{count}}")).warnings).toEqual([]);
    expect(problem(texts("{{count}}"))).toContain("\\{{count}}");
  });
});

describe("merged mappings", () => {
  it("are read, and what a node says itself goes before", () => {
    const { definition } = read(
      "nodes:\n  - &base { id: a, title: A, kind: subagent, outputs: { mode: report }, retries: 2 }\n  - { <<: *base, id: b, title: B }",
    );
    expect(definition.nodes[1]).toMatchObject({ id: "b", title: "B", kind: "subagent", retries: 2 });
  });

  it("give errors a place", () => {
    const yaml =
      "nodes:\n  - &base { id: a, title: A, kind: odd, outputs: { mode: report } }\n  - { <<: *base, id: b, title: B }";
    expect(problem(yaml)).toMatch(/^workflow_invalid: x\.task\.md:5:\d+: node a has unsupported kind: odd/);
  });
});

describe("YAML beyond bounds", () => {
  const deep = MAX_YAML_DEPTH + 10;
  it.each<[string, string, RegExp]>([
    ["mappings", Array.from({ length: 1_000 }, (_, index) => `${" ".repeat(index)}a:`).join("\n"), /64 levels deep/],
    ["lists", `a:\n${"- ".repeat(3_000)}x`, /64 levels deep/],
    ["lists in brackets", `a: ${"[".repeat(deep)}${"]".repeat(deep)}`, /64 levels deep/],
    ["mappings in brackets", `a: ${"{a: ".repeat(deep)}1${"}".repeat(deep)}`, /64 levels deep/],
    ["explicit keys", `${"? ".repeat(3_000)}x`, /levels deep/],
    ["an alias of what it stands in", "a: &a [*a]", /levels deep/],
    [
      "aliases inside each other",
      ["a0: &a0 [x]", ...Array.from({ length: 99 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)].join("\n"),
      /levels deep|alias/,
    ],
    ["many aliases", `a: &a x\nb: [${"*a, ".repeat(20_000)}]`, /aliases/],
    ["many values", `a: [${"1,".repeat(600_000)}]`, /500000 values/],
    ["a key twice", "a: 1\nb: 2\na: 3", /Map keys must be unique/],
    [
      "many parameters",
      `params:\n${Array.from({ length: MAX_PARAMS + 1 }, (_, i) => `  p${i}: { type: string }`).join("\n")}\n${NODE}`,
      /at most 1000 parameters/,
    ],
  ])("(%s) is refused with a code", (_name, yaml, message) => {
    expect(problem(yaml)).toMatch(/^(workflow_invalid|too_large): x\.task\.md/);
    expect(problem(yaml)).toMatch(message);
  });
});

describe("reading a workflow", () => {
  const chain = (size: number, node: (index: number) => string): string =>
    `params: { go: { type: boolean, default: true } }\nnodes:\n${Array.from({ length: size }, (_, index) => `  - { id: n${index}, title: T, kind: session_turn, outputs: { mode: notify }${node(index)} }`).join("\n")}`;

  /** Files of which some part grows with the size; each once grew, or could grow, with its square. */
  const FILES: Record<string, (size: number) => string> = {
    "unknown keys": (size) => `${Array.from({ length: size }, (_, index) => `k${index}: 1`).join("\n")}\n${NODE}`,
    "keys of one node": (size) =>
      `nodes:\n  - id: a\n    title: A\n    kind: wait\n    outputs: { mode: notify }\n${Array.from({ length: size }, (_, index) => `    k${index}: 1`).join("\n")}`,
    "nodes behind unknown keys": (size) =>
      `${Array.from({ length: size }, (_, index) => `k${index}: 1`).join("\n")}\n${chain(size, () => "")}`,
    "a chain": (size) => chain(size, (index) => (index === 0 ? "" : `, needs: [n${index - 1}]`)),
    "a chain in which each node asks for the first": (size) =>
      chain(size, (index) => (index === 0 ? "" : `, needs: [n${index - 1}], when: { node: n0, status: completed }`)),
    placeholders: (size) => chain(size, () => ", prompt: '{{go}} {{ go }} {{go'"),
    "a prompt of braces": (size) =>
      `params: {}\nnodes: [{ id: a, title: A, kind: wait, prompt: '${"{{".repeat(size)}${"{{a ".repeat(size)}', outputs: { mode: notify } }]`,
  };

  it.each(Object.keys(FILES))("takes time in proportion to its length: %s", (name) => {
    const small = file(FILES[name]?.(250) ?? "");
    const large = file(FILES[name]?.(2_000) ?? "");
    const cpu = (text: string): number => {
      const start = process.cpuUsage();
      parseWorkflow(text, PATH);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    cpu(small);
    const one = Math.min(...Array.from({ length: 3 }, () => cpu(small)));
    const eight = Math.min(...Array.from({ length: 2 }, () => cpu(large)));
    // Eight times as long: 64 times the work would be the square, and a process measures itself badly.
    expect(eight).toBeLessThan(Math.max(one, 5_000) * 40);
  });
});
