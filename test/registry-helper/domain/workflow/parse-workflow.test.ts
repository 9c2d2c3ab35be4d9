import { describe, expect, it } from "vitest";
import { parseSpec, parseWorkflow } from "../../../../registry-helper/domain/workflow/parse-workflow.ts";
import type { ClawTaskError } from "../../../../registry-helper/model/errors.ts";

const PATH = "workflows/x.task.md";

function lines(...text: string[]): string {
  return `---\n${text.join("\n")}\n---\n`;
}

const HEAD = ["workflowId: x", "title: X", "nodes:"];
const node = (id: string, ...more: string[]): string[] => [
  `  - id: ${id}`,
  "    title: T",
  "    kind: session_turn",
  "    outputs: {mode: notify}",
  ...more,
];

function getParseError(text: string): Pick<ClawTaskError, "code" | "message" | "next"> {
  try {
    parseWorkflow(text, PATH);
  } catch (error) {
    const { code, message, next } = error as ClawTaskError;
    return { code, message, next };
  }
  throw new Error("was accepted");
}

describe("workflow errors with file, line and column", () => {
  it.each<[string, string, string, string]>([
    ["broken YAML", lines("workflowId: x", "title: [a"), "workflow_invalid", `${PATH}:`],
    [
      "a key twice",
      lines("workflowId: x", "workflowId: y", "title: X"),
      "workflow_invalid",
      `${PATH}:3:1: Map keys must be unique`,
    ],
    ["no workflowId", lines("title: X", "nodes: []"), "workflow_invalid", `${PATH}:2:1: spec.workflowId is required`],
    ["no title", lines("workflowId: x", "nodes: []"), "workflow_invalid", `${PATH}:2:1: spec.title is required`],
    ["an empty title", lines("workflowId: x", 'title: ""'), "workflow_invalid", `${PATH}:3:8: spec.title is required`],
    [
      "no nodes",
      lines("workflowId: x", "title: X"),
      "workflow_invalid",
      `${PATH}:2:1: spec.nodes must be a non-empty list`,
    ],
    [
      "an empty list of nodes",
      lines("workflowId: x", "title: X", "nodes: []"),
      "workflow_invalid",
      `${PATH}:4:8: spec.nodes must be a non-empty list`,
    ],
    [
      "a node without id",
      lines(...HEAD, "  - title: T"),
      "workflow_invalid",
      `${PATH}:5:5: every spec node requires an id`,
    ],
    [
      "an unsafe id",
      lines(...HEAD, ...node("../../up")),
      "invalid_id",
      `${PATH}:5:9: node id is not usable as an id: "../../up"`,
    ],
    [
      "an id twice",
      lines(...HEAD, ...node("a"), ...node("A")),
      "workflow_invalid",
      `${PATH}:9:9: duplicate node id in spec: A`,
    ],
    [
      "no node title",
      lines(...HEAD, "  - id: a", "    kind: wait"),
      "workflow_invalid",
      `${PATH}:5:5: node a requires title`,
    ],
    [
      "an unknown kind",
      lines(...HEAD, "  - id: a", "    title: T", "    kind: robot"),
      "workflow_invalid",
      `${PATH}:7:11: node a has unsupported kind: robot`,
    ],
    ["no kind", lines(...HEAD, "  - id: a", "    title: T"), "workflow_invalid", `node a has unsupported kind: None`],
    [
      "needs that are no list",
      lines(...HEAD, ...node("a", "    needs: b")),
      "workflow_invalid",
      `${PATH}:9:12: node a needs must be a list`,
    ],
    [
      "no output mode",
      lines(...HEAD, "  - id: a", "    title: T", "    kind: wait"),
      "workflow_invalid",
      "node a requires outputs.mode notify|report",
    ],
    [
      "artifact paths that are no list",
      lines(...HEAD, ...node("a", "    artifactPaths: x.md")),
      "workflow_invalid",
      `${PATH}:9:20: node a artifact paths must be a list`,
    ],
    [
      "an artifact outside the run",
      lines(...HEAD, ...node("a", "    artifactPaths: [ok.md, ../../etc/passwd]")),
      "invalid_path",
      `${PATH}:9:28: path must not escape the run directory: ../../etc/passwd`,
    ],
    [
      "an absolute artifact",
      lines(...HEAD, ...node("a", "    artifactPaths: [/etc/passwd]")),
      "invalid_path",
      "path must be relative: /etc/passwd",
    ],
    [
      "an unknown need",
      lines(...HEAD, ...node("a", "    needs: [b, c]")),
      "workflow_invalid",
      `${PATH}:9:12: node a depends on missing nodes: b, c`,
    ],
    [
      "a circle",
      lines(...HEAD, ...node("a", "    needs: [b]"), ...node("b", "    needs: [a]")),
      "workflow_invalid",
      `${PATH}:9:12: nodes need each other in a circle: a -> b -> a`,
    ],
    [
      "a need of itself",
      lines(...HEAD, ...node("a", "    needs: [a]")),
      "workflow_invalid",
      "nodes need each other in a circle: a -> a",
    ],
    [
      "a wait for no file",
      lines(...HEAD, ...node("a", "    waitFor: {type: file_exists}")),
      "workflow_invalid",
      `${PATH}:9:14: node a waits for a file but names none`,
    ],
    [
      "a wait for a file outside",
      lines(...HEAD, ...node("a", "    waitFor: {type: file_exists, path: ../x}")),
      "invalid_path",
      "path must not escape the run directory: ../x",
    ],
    ["an unknown wait", lines(...HEAD, ...node("a", "    waitFor: {type: moon}")), "workflow_invalid", `${PATH}:9:`],
    [
      "a result's pattern that could be matched for ever",
      lines(
        ...HEAD,
        ...node("a").map((line) => line.replace("notify", 'report, schema: {properties: {x: {pattern: "(a)\\\\1"}}}')),
      ),
      "workflow_invalid",
      "the pattern (a)\\1 cannot be used",
    ],
    [
      "an answer's pattern that could be matched for ever",
      lines(
        ...HEAD,
        ...node("a", '    approval: {schema: {patternProperties: {"(?=a)": true}}}').map((line) =>
          line.replace(/kind: \w+/, "kind: approval"),
        ),
      ),
      "workflow_invalid",
      "the pattern (?=a) cannot be used",
    ],
    ["a definition that is no mapping", lines("- a", "- b"), "workflow_invalid", `${PATH}:2:1: spec must be a mapping`],
  ])("are reported for %s", (_what, text, code, message) => {
    const error = getParseError(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.next).toBeTruthy();
  });

  it("name the position of broken YAML", () => {
    expect(getParseError(lines("workflowId: x", "title: 'open", "nodes: []")).message).toMatch(
      /^workflows\/x\.task\.md:\d+:\d+: /,
    );
  });
});

describe("front matter", () => {
  it.each([
    ["no fence", "workflowId: x\n", "workflow_invalid", "workflow is missing YAML frontmatter"],
    ["no closing fence", "---\nworkflowId: x\n", "workflow_invalid", "workflow frontmatter is not properly closed"],
    ["an empty file", "", "workflow_invalid", "workflow is missing YAML frontmatter"],
    ["another language", "---json\n{}\n---\n", "front_matter_refused", "only plain YAML front matter is read"],
  ])("is rejected: %s", (_what, text, code, message) => {
    expect(getParseError(text)).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it.each(["js", "javascript", " js", "coffee", "cson", "JS"])(
    "written as code is rejected and never executed (---%s)",
    (language) => {
      const marker = "clawtaskFrontMatterRan";
      const text = `---${language}\n{ x: (globalThis.${marker} = true) }\n---\n`;
      expect(getParseError(text).code).toBe("front_matter_refused");
      expect(globalThis).not.toHaveProperty(marker);
    },
  );

  it("with a YAML function tag is not turned into code", () => {
    const text = lines(
      "workflowId: x",
      "title: !!js/function 'function () { globalThis.clawtaskTagRan = 1 }'",
      "nodes:",
      ...node("a"),
    );
    expect(parseWorkflow(text, PATH).title).toContain("function ()");
    expect(globalThis).not.toHaveProperty("clawtaskTagRan");
  });

  it("gives the same error when it is parsed a second time", () => {
    const text = lines("workflowId: x", "title: [a");
    expect(getParseError(text)).toEqual(getParseError(text));
  });

  it("that is too large is rejected before it is parsed", () => {
    const text = lines("workflowId: x", `title: ${"x".repeat(4 * 1024 * 1024)}`);
    expect(getParseError(text).code).toBe("too_large");
  });

  it("that aliases would expand to millions of values is rejected", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((name, index) => {
        const below = String.fromCharCode("a".charCodeAt(0) + index);
        return `${name}: &${name} [${Array(10).fill(`*${below}`).join(",")}]`;
      }),
    ];
    const error = getParseError(lines(...HEAD, ...node("n"), ...bomb));
    expect(error).toMatchObject({ code: "workflow_invalid", next: expect.stringContaining("aliases") as string });
  });

  it("that is nested too deeply is rejected with an error code", () => {
    expect(getParseError(lines("workflowId: x", `title: ${"[".repeat(100_000)}`)).code).toBe("workflow_invalid");
  });

  it("with more nodes than a run may have is rejected", () => {
    const many = Array.from(
      { length: 10_001 },
      (_, index) => `  - {id: n${index}, title: T, kind: wait, outputs: {mode: notify}}`,
    );
    expect(getParseError(lines(...HEAD, ...many)).code).toBe("too_large");
  });
});

describe("valid YAML that OpenTask's scanner cannot read", () => {
  it.each<[string, string]>([
    ["CRLF line ends", lines(...HEAD, ...node("a", "    needs: []")).replaceAll("\n", "\r\n")],
    ["a byte order mark", `\uFEFF${lines(...HEAD, ...node("a", "    needs: []"))}`],
    ["a closing fence at the end of the file", lines(...HEAD, ...node("a", "    needs: []")).trimEnd()],
    [
      "lists without indentation",
      lines(
        "workflowId: x",
        "title: X",
        "nodes:",
        "- id: a",
        "  title: T",
        "  kind: session_turn",
        "  needs: []",
        "  outputs:",
        "    mode: notify",
      ),
    ],
    [
      "flow style and trailing comments",
      lines(
        "workflowId: x # id",
        "title: X",
        "nodes: [{id: a, title: T, kind: session_turn, needs: [], outputs: {mode: notify}}]",
      ),
    ],
    [
      "optional keys left empty",
      lines(
        ...HEAD,
        ...node("a", "    needs:", "    prompt:", "    artifactPaths:", "    waitFor:"),
        "defaults:",
        "driver:",
      ),
    ],
  ])("is parsed with %s", (_what, text) => {
    expect(parseWorkflow(text, PATH)).toMatchObject({
      workflowId: "x",
      nodes: [{ id: "a", outputs: { mode: "notify" } }],
    });
  });

  it("keeps a dependency when the list items have the indent of their key", () => {
    const text = lines(...HEAD, ...node("a"), ...node("b", "    needs:", "    - a"));
    expect(parseWorkflow(text, PATH).nodes[1]?.needs).toEqual(["a"]);
  });

  it("keeps ids and titles as text when they look like numbers or booleans", () => {
    const text = lines("workflowId: 007", "title: 2026", "nodes:", ...node("1"), ...node("true", "    needs: [1]"));
    expect(parseWorkflow(text, PATH)).toMatchObject({
      workflowId: "007",
      title: "2026",
      nodes: [{ id: "1" }, { id: "true", needs: ["1"] }],
    });
  });

  it("keeps requiredFiles after mode, and waitFor as a mapping", () => {
    const text = lines(
      ...HEAD,
      "  - id: a",
      "    title: T",
      "    kind: wait",
      "    outputs:",
      "      mode: report",
      "      requiredFiles:",
      "        - nodes/a/result.json",
      "    waitFor:",
      "      type: file_exists",
      "      path: nodes/a/go",
    );
    expect(parseWorkflow(text, PATH).nodes[0]).toMatchObject({
      outputs: { mode: "report", requiredFiles: ["nodes/a/result.json"] },
      waitFor: { type: "file_exists", path: "nodes/a/go" },
    });
  });

  it("ignores unknown keys", () => {
    const text = lines("owner: me", ...HEAD, ...node("a", "    timeoutMs: 5"));
    expect(parseWorkflow(text, PATH).nodes).toHaveLength(1);
  });
});

describe("a JSON spec", () => {
  it("has the same fields as a workflow", () => {
    const spec = {
      workflowId: "x",
      title: "X",
      nodes: [{ id: "a", title: "A", kind: "wait", outputs: { mode: "notify" } }],
    };
    expect(parseSpec(JSON.stringify(spec), "spec.json")).toEqual(spec);
  });

  it.each([
    ["{", "invalid_json", "spec.json is not valid JSON"],
    ["[1]", "workflow_invalid", "spec.json: spec must be a mapping"],
    [
      '{"workflowId":"x","title":"X","nodes":[5]}',
      "workflow_invalid",
      "spec.json: nodes.0: every spec node requires an id",
    ],
  ])("is rejected with its file name when it is invalid: %s", (text, code, message) => {
    expect(() => parseSpec(text, "spec.json")).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
