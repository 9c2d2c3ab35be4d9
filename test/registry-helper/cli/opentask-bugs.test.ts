import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { chain, workflowText } from "../../support/workflow-text.ts";

/** One test per line of the table in docs/opentask-compatibility.md: where ClawTask does otherwise. */

const step = (sandbox: RegistrySandbox, node: string, ...statuses: string[]): void => {
  for (const status of statuses) sandbox.ok("transition-node", "demo", node, status);
};
const names = (sandbox: RegistrySandbox): string[] =>
  sandbox.events("demo").map(({ event, nodeId }) => (nodeId ? `${event} ${nodeId}` : event));

it("B1: every legal path through a node leaves a run that passes validate", () => {
  const sandbox = useRun({
    nodes: [
      { id: "skip-ready" },
      { id: "fail-ready" },
      { id: "wait-ready" },
      { id: "skip-pending", needs: ["wait-ready"] },
      { id: "fail-pending", needs: ["wait-ready"] },
    ],
  });
  step(sandbox, "skip-ready", "skipped");
  step(sandbox, "fail-ready", "failed");
  step(sandbox, "wait-ready", "waiting");
  step(sandbox, "skip-pending", "skipped");
  step(sandbox, "fail-pending", "failed");
  expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true, issues: [] });
  expect(
    sandbox
      .events("demo")
      .filter(({ implied }) => implied)
      .map(({ event, nodeId }) => `${event} ${nodeId}`),
  ).toContain("node.started skip-ready");
});

it("B2: an approval goes from waiting to completed in one step", () => {
  const sandbox = useRun({ nodes: [{ id: "gate", kind: "approval" }] });
  step(sandbox, "gate", "waiting", "completed");
  expect(sandbox.state("demo").status).toBe("completed");
});

it("B3: a node becomes ready only when its needs are met, and returns to pending when a need is reopened", () => {
  const sandbox = useRun({ nodes: chain("a", "b") });
  expect(sandbox.cli("transition-node", "demo", "b", "ready")).toMatchObject({ code: 1, stdout: "" });
  step(sandbox, "a", "skipped");
  expect(sandbox.getStatus("demo", "b")).toBe("ready");
  step(sandbox, "a", "ready");
  expect(sandbox.getStatus("demo", "b")).toBe("pending");
});

it("B4: a failed dependency visibly blocks its dependents", () => {
  const sandbox = useRun({ nodes: chain("a", "b") });
  step(sandbox, "a", "running", "failed");
  expect(sandbox.state("demo")).toMatchObject({
    status: "running",
    blockedBy: ["a"],
    nodes: [{ status: "failed" }, { status: "pending", blockedBy: ["a"] }],
  });
  expect(names(sandbox).at(-1)).toBe("run.blocked");
  expect(sandbox.ok("list").stdout).toContain("blocked: a failed");
  expect(sandbox.ok("show", "demo").stdout).toMatch(/b\s+session_turn\s+blocked\s+-\s+a failed/);
  expect(sandbox.ok("next", "demo").stdout).toContain("FAILED  a");
});

it("B5: a retry reopens the run with an event and keeps the bindings of the earlier attempt", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  step(sandbox, "a", "running");
  sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", "child-1");
  step(sandbox, "a", "failed", "ready");
  expect(names(sandbox).at(-1)).toBe("run.reopened");
  expect(sandbox.state("demo")).toMatchObject({
    status: "running",
    nodes: [{ childSessionKey: null, attempts: [{ attempt: 1, childSessionKey: "child-1", status: "failed" }] }],
  });
  expect(sandbox.refs("demo").childSessions).toEqual({});
});

it.each([
  [
    "of two nodes",
    [
      { id: "a", needs: ["b"] },
      { id: "b", needs: ["a"] },
    ],
    "a -> b -> a",
  ],
  ["of one", [{ id: "a", needs: ["a"] }], "a -> a"],
])("B6: a dependency cycle %s is rejected with its position", (_what, nodes, circle) => {
  const sandbox = useSandbox();
  const path = sandbox.workflow("w", { nodes });
  const result = sandbox.cli("scaffold", "--workflow-path", path, "--run-id", "demo", "--source-session-key", "k");
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(
    new RegExp(`^workflows/w\\.task\\.md:\\d+:\\d+: nodes need each other in a circle: ${circle}\n`),
  );
  expect(existsSync(sandbox.run("demo"))).toBe(false);
});

it.each(["../../../escaped", "a/b", "..", "con"])(
  "B7: the node id %s is rejected and nothing is written outside the run",
  (id) => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id, kind: "subagent" }] });
    const result = sandbox.cli("scaffold", "--workflow-path", path, "--run-id", "demo", "--source-session-key", "k");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("code: invalid_id");
    expect(readdirSync(sandbox.root)).toEqual(["workflows"]);
  },
);

it.each(["../../evil", "..", ".hidden", "nul", "a b"])("B7: the run id %s is rejected", (runId) => {
  const sandbox = useSandbox();
  const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
  const result = sandbox.cli("scaffold", "--workflow-path", path, "--run-id", runId, "--source-session-key", "k");
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toContain("code: invalid_id");
  expect(readdirSync(sandbox.root)).toEqual(["workflows"]);
});

it("B8: a failed scaffold leaves nothing, and the same command works afterwards", () => {
  const sandbox = useSandbox();
  const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
  const command = ["scaffold", "--workflow-path", path, "--run-id", "demo", "--source-session-key", "k"];
  expect(sandbox.cli(...command, "--delivery-context-json", "{oops").code).toBe(1);
  expect(readdirSync(sandbox.root)).toEqual(["workflows"]);
  expect(sandbox.cli(...command).code).toBe(0);
});

it("B9: a command leaves no temporary file (races.test.ts covers concurrent writers)", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  sandbox.ok("progress", "demo", "x");
  expect(readdirSync(sandbox.run("demo")).sort()).toEqual([
    "control.jsonl",
    "events.jsonl",
    "nodes",
    "refs.json",
    "state.json",
    "workflow.lock.md",
  ]);
});

it("B10: a change does not read the log and works when the history is unreadable", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  const size = sandbox.bytes("runs/demo/events.jsonl").length;
  chmodSync(sandbox.run("demo", "events.jsonl"), 0o600);
  sandbox.write("runs/demo/events.jsonl", `${" ".repeat(size - 1)}\n`);
  expect(sandbox.ok("progress", "demo", "x").json).toMatchObject({ event: { seq: 3 } });
});

it("B11: a torn line is removed and reported once, and the run continues", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  sandbox.append("runs/demo/events.jsonl", '{"event": "run.prog');
  const first = sandbox.ok("progress", "demo", "x");
  expect(first.stderr).toMatch(/^note: voided 19 bytes of an unfinished write/);
  expect(sandbox.ok("progress", "demo", "y").stderr).toBe("");
  expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true, eventCount: 4 });
});

it("B12: validate reports a log that is ahead of the state", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  const state = sandbox.text("runs/demo/state.json");
  step(sandbox, "a", "running");
  sandbox.write("runs/demo/state.json", state);
  expect(sandbox.cli("validate", "demo")).toMatchObject({
    code: 1,
    json: { ok: false, issues: ["node a is ready in state but running in the journal"] },
  });
});

it("B13: validate reports a cron mismatch, a missing folder and a missing artifact", () => {
  const sandbox = useRun({ nodes: [{ id: "a", mode: "report" }] });
  sandbox.write("runs/demo/nodes/a/report.md", "x");
  step(sandbox, "a", "running", "completed");
  rmSync(sandbox.run("demo", "nodes", "a"), { recursive: true });
  sandbox.write(
    "runs/demo/refs.json",
    sandbox.text("runs/demo/refs.json").replace('"cronJobId": null', '"cronJobId": "x"'),
  );
  expect(sandbox.cli("validate", "demo").json).toMatchObject({
    ok: false,
    issues: [
      "missing folder for a: nodes/a",
      "node a completed with nodes/a/report.md, which is gone",
      "state/refs mismatch for cron job",
    ],
  });
});

it("B14: an invalid JSON argument gives an error message, and NaN is never logged", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  for (const text of ["{oops", '{"a": NaN}', "Infinity"]) {
    const result = sandbox.cli("progress", "demo", "x", "--payload-json", text);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/^--payload-json is not valid JSON: .*\n {2}code: invalid_json\n {2}next: /);
  }
  expect(sandbox.events("demo")).toHaveLength(2);
});

it("B15: list, show, next, events, verify, repair, doctor and tasks exist", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  for (const argv of [
    ["list"],
    ["show", "demo"],
    ["next", "demo"],
    ["events", "demo"],
    ["verify"],
    ["repair", "demo"],
    ["doctor"],
    ["tasks", "list"],
  ]) {
    expect(sandbox.cli(...argv), argv.join(" ")).toMatchObject({ code: 0, stderr: "" });
  }
});

it("requiredFiles in the documented order is kept (OpenTask drops it)", () => {
  const sandbox = useSandbox();
  const text = workflowText({ nodes: [{ id: "a", mode: "report" }] }).replace(
    "      mode: report\n",
    "      mode: report\n      requiredFiles:\n        - nodes/a/report.md\n        - nodes/a/result.json\n",
  );
  sandbox.scaffold("demo", sandbox.workflow("w", text));
  expect(sandbox.state("demo").nodes[0]?.artifactPaths).toEqual(["nodes/a/report.md", "nodes/a/result.json"]);
});

it("waitFor given as a mapping is kept (OpenTask turns it into an empty string)", () => {
  const sandbox = useSandbox();
  const text = workflowText({ nodes: [{ id: "a", kind: "wait" }] }).replace(
    "    outputs:\n",
    "    waitFor:\n      type: file_exists\n      path: nodes/a/go\n    outputs:\n",
  );
  sandbox.scaffold("demo", sandbox.workflow("w", text));
  expect(sandbox.state("demo").nodes[0]?.waitFor).toEqual({ type: "file_exists", path: "nodes/a/go" });
});
