import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/registry-sandbox.ts";

/** A workflow with one unknown key; each level stands in it as a place where other tools may have keys of their own. */
const PLACES: Record<string, string> = {
  "a workflow": "tittle: x",
  defaults: "defaults: { retry: 1 }",
  "a node": "nodes:\n  - { id: a, title: A, kind: session_turn, prompt: p, outputs: { mode: report }, need: [] }",
  outputs: "nodes:\n  - { id: a, title: A, kind: session_turn, prompt: p, outputs: { mode: report, file: x } }",
  waitFor:
    'nodes:\n  - { id: a, title: A, kind: wait, outputs: { mode: report }, waitFor: { type: until, at: "2026-01-01T00:00:00Z", till: x } }',
};
const NODES = "nodes:\n  - { id: a, title: A, kind: session_turn, prompt: p, outputs: { mode: report } }";

function write(more: string): ReturnType<typeof useSandbox> {
  const sandbox = useSandbox();
  const nodes = more.startsWith("nodes:") ? "" : `${NODES}\n`;
  sandbox.write("workflows/w.task.md", `---\nworkflowId: w\ntitle: W\n${more}\n${nodes}---\n`);
  return sandbox;
}
const SCAFFOLD = ["scaffold", "--workflow-path", "workflows/w.task.md", "--source-session-key", "s", "--run-id"];

describe("a workflow with an unknown key", () => {
  it.each(Object.entries(PLACES))("in %s is taken with a warning, and refused with --strict", (where, more) => {
    const sandbox = write(more);
    const words = `is no key of ${where}`;
    const refused = sandbox.cli(...SCAFFOLD, "r1", "--strict");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(refused.stderr).toContain("workflow_invalid");
    expect(sandbox.cli("list").stdout).not.toContain("r1");
    expect(sandbox.cli("workflow", "validate", "w", "--strict").code).toBe(1);
    expect(sandbox.ok(...SCAFFOLD, "r1").stderr).toContain(words);
  });

  it("is no matter for one that has none, with or without a key", () => {
    const sandbox = write("x-team: ours");
    sandbox.ok(...SCAFFOLD, "r1", "--strict", "--key", "k");
    sandbox.ok(...SCAFFOLD, "r1", "--key", "k");
  });
});

describe("an added node", () => {
  const node = { id: "b", title: "B", kind: "session_turn", prompt: "p", outputs: { mode: "report" } };
  it.each<[string, object]>([
    ["a node", { ...node, need: ["a"] }],
    ["outputs", { ...node, outputs: { mode: "report", file: "x" } }],
    [
      "waitFor",
      {
        id: "b",
        title: "B",
        kind: "wait",
        outputs: { mode: "report" },
        waitFor: { type: "until", at: "2030-01-01T00:00:00Z", till: 1 },
      },
    ],
  ])("with an unknown key of %s is added with a warning", (where, added) => {
    const sandbox = write("x-team: ours");
    sandbox.ok(...SCAFFOLD, "r1");
    const { stderr } = sandbox.ok("add-node", "r1", "--by", "ana", "--node-json", JSON.stringify(added));
    expect(stderr).toContain(`is no key of ${where}`);
    expect(sandbox.getStatus("r1", "b")).toBeDefined();
  });
});
