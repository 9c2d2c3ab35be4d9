import { utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const WORKFLOW = `---
workflowId: w
title: W
nodes:
  - { id: a, title: A, kind: subagent, needs: [], outputs: { mode: report } }
  - { id: b, title: B, kind: subagent, needs: [a], outputs: { mode: report } }
  - { id: c, title: C, kind: subagent, needs: [b], outputs: { mode: report } }
  - id: ask
    title: Ask
    kind: approval
    needs: []
    outputs: { mode: notify }
    approval:
      expiresAfterMs: 300000
      schema: { type: object, required: [budget], properties: { budget: { type: number } } }
---
`;

function run(): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.scaffold("r", sandbox.workflow("w", WORKFLOW));
  return sandbox;
}

/** Refused with this code, and nothing has happened. */
function expectError(sandbox: RegistrySandbox, code: string, ...args: string[]): void {
  const before = sandbox.text("runs/r/events.jsonl");
  const { code: exit, stderr } = sandbox.cli(...args);
  expect({ exit, stderr }, args.join(" ").slice(0, 200)).toMatchObject({
    exit: expect.toSatisfy((status: number) => status !== 0) as number,
    stderr: expect.stringContaining(`code: ${code}`) as string,
  });
  expect(sandbox.text("runs/r/events.jsonl")).toBe(before);
}

describe("impossible changes of a run", () => {
  it("are rejected with an error code and change nothing", () => {
    const sandbox = run();
    expectError(sandbox, "needs_cycle", "rewire-node", "r", "b", "--needs", "a,c");
    expectError(sandbox, "needs_cycle", "rewire-node", "r", "b", "--needs", "b");
    expectError(sandbox, "node_not_found", "rewire-node", "r", "b", "--needs", "nobody");
    expectError(sandbox, "not_waiting", "approve", "r", "a");
    expectError(sandbox, "answer_invalid", "approve", "r", "ask");
    expectError(sandbox, "answer_invalid", "approve", "r", "ask", "--data-json", '{"budget": "much"}');
    expectError(sandbox, "answer_invalid", "approve", "r", "ask", "--data-json", "[]");
    expectError(sandbox, "invalid_id", "add-node", "r", "--node-json", '{"id": "../../x"}');
    expectError(sandbox, "invalid_path", "add-node", "r", "--node-json", '{"id": "x", "artifactPaths": ["../../x"]}');
    sandbox.ok("claim", "r", "a", "--key", "k");
    expectError(sandbox, "idempotency_conflict", "claim", "r", "ask", "--key", "k");
    expectError(sandbox, "node_claimed", "claim", "r", "a");
    expectError(sandbox, "stale_token", "complete", "r", "a", "--claim", "1");
    sandbox.ok("complete", "r", "a");
    expectError(sandbox, "node_over", "rewire-node", "r", "a", "--needs", "");
    expectError(sandbox, "node_over", "add-node", "r", "--node-json", '{"id": "x"}', "--needed-by", "a");
    expectError(sandbox, "node_over", "skip", "r", "a");
  });

  it("are rejected when they come with a stale claim, and the holder's result stays", () => {
    const sandbox = run();
    sandbox.ok("claim", "r", "a");
    sandbox.ok("result", "r", "a", "--result-json", '{"by": "the holder"}');
    const before = sandbox.text("runs/r/nodes/a/result.json");
    expectError(sandbox, "stale_token", "complete", "r", "a", "--claim", "1", "--result-json", '{"by": "a ghost"}');
    expectError(sandbox, "stale_token", "result", "r", "a", "--claim", "1", "--result-json", '{"by": "a ghost"}');
    expect(sandbox.text("runs/r/nodes/a/result.json")).toBe(before);
    expectError(sandbox, "illegal_transition", "result", "r", "b", "--result-json", '{"by": "too early"}');
  });
});

it("a result of an earlier attempt does not count for the current attempt", () => {
  const sandbox = run();
  sandbox.ok("claim", "r", "a");
  sandbox.ok("result", "r", "a", "--result-json", '{"points": 1}');
  const old = new Date(Date.now() - 60_000);
  utimesSync(sandbox.run("r", "nodes", "a", "result.json"), old, old);
  sandbox.ok("retry", "r", "a");
  sandbox.ok("claim", "r", "a");
  sandbox.ok("complete", "r", "a");
  expect(sandbox.state("r").nodes[0]?.output).toBeUndefined();
});

it("malicious texts in answers, notes and results are stored as data", () => {
  const sandbox = run();
  const hostile = `"}\n{"event":"run.cancelled"}\u2028\u0085\u001b[2J$(touch /tmp/x) \${x} __proto__ ${"é".repeat(1_000)}`;
  sandbox.ok("note", "r", hostile);
  sandbox.ok("approve", "r", "ask", "--data-json", '{"budget": 1, "__proto__": {"x": 1}}', "--message", hostile);
  sandbox.ok("claim", "r", "a");
  sandbox.ok("complete", "r", "a", "--result-json", JSON.stringify({ hostile, constructor: null }));
  expect(sandbox.state("r").nodes[3]?.answer?.words).toBe(hostile.trim());
  expect(sandbox.state("r").nodes[0]?.output).toEqual({ hostile, constructor: null });
  expect(sandbox.ok("verify").code).toBe(0);
  expect(sandbox.ok("validate", "r").json).toMatchObject({ ok: true });
  expectError(sandbox, "too_large", "note", "r", "x".repeat(70_000));
});

it.each([
  ["a list", "- a\n- b"],
  ["a text", "just words"],
  ["nothing", ""],
  [
    "an alias bomb",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[index]}`).join(",")}]`).join("\n")}\nworkflowId: w\ntitle: W\nnodes: []`,
  ],
  [
    "conditions without an end",
    `workflowId: w\ntitle: W\nnodes:\n  - { id: a, title: A, kind: subagent, needs: [], outputs: { mode: report }, when: ${"{ not: ".repeat(500)}{ param: x }${" }".repeat(500)} }`,
  ],
])("front matter is rejected and no run is created when it is %s", (_name, yaml) => {
  const sandbox = run();
  const path = sandbox.workflow("bad", `---\n${yaml}\n---\n`);
  const args = ["scaffold", "--workflow-path", path, "--run-id", "bad", "--source-session-key", "k"];
  const { code, stderr } = sandbox.cli(...args);
  expect(code, stderr).not.toBe(0);
  expect(stderr).toMatch(/code: (workflow_invalid|too_large|invalid_yaml|workflow_syntax)/);
  expect(sandbox.cli("show", "bad").stderr).toContain("run_not_found");
});
