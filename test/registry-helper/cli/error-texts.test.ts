import { describe, expect, it } from "vitest";
import { useRun } from "../../support/registry-sandbox.ts";
import { workflowText } from "../../support/workflow-text.ts";

const scaffold = (path: string, runId = "new", ...more: string[]): string[] => [
  "scaffold",
  "--workflow-path",
  path,
  "--run-id",
  runId,
  "--source-session-key",
  "k",
  ...more,
];
const FLOW = "workflows/demo-flow.task.md";

describe("an operation error: exit code 1, empty stdout, OpenTask's text first, then code and next step", () => {
  it.each<[string, string[], string | RegExp, string]>([
    ["an unknown run", ["progress", "ghost", "x"], "run not found: ghost", "run_not_found"],
    ["an unknown run to validate", ["validate", "ghost"], "run not found: ghost", "run_not_found"],
    ["an unknown run to show", ["show", "ghost"], "run not found: ghost", "run_not_found"],
    ["an unknown node", ["transition-node", "demo", "ghost", "running"], "node not found: ghost", "node_not_found"],
    [
      "an unknown node to bind",
      ["bind", "demo", "node-run", "--node-id", "ghost", "--value", "v"],
      "node not found: ghost",
      "node_not_found",
    ],
    [
      "an illegal step",
      ["transition-node", "demo", "a", "completed"],
      "illegal transition for node a: ready -> completed",
      "illegal_transition",
    ],
    [
      "bind without a node",
      ["bind", "demo", "node-run", "--value", "v"],
      "--node-id is required for bind kind node-run",
      "argument_missing",
    ],
    ["bind without a value", ["bind", "demo", "cron"], "--value is required for bind kind cron", "argument_missing"],
    [
      "a workflow that is not there",
      scaffold("workflows/none.task.md"),
      /^workflow not found: \/.*\/workflows\/none\.task\.md$/,
      "workflow_not_found",
    ],
    ["a run that exists", scaffold(FLOW, "demo"), "run already exists: demo", "run_exists"],
    [
      "a workflow outside the registry",
      scaffold("../outside.md"),
      "workflow path must lie inside the registry: ../outside.md",
      "invalid_path",
    ],
    [
      "an absolute workflow outside",
      scaffold("/etc/passwd"),
      "workflow path must lie inside the registry: /etc/passwd",
      "invalid_path",
    ],
    ["a folder for a workflow", scaffold("workflows"), /^workflow not found: .* is a folder$/, "workflow_not_found"],
    ["an empty workflow path", scaffold(" "), "workflow path must lie inside the registry:  ", "invalid_path"],
    [
      "a workflow without front matter",
      scaffold("workflows/plain.md"),
      "workflow is missing YAML frontmatter: workflows/plain.md",
      "workflow_invalid",
    ],
    [
      "an open front matter",
      scaffold("workflows/open.md"),
      "workflow frontmatter is not properly closed: workflows/open.md",
      "workflow_invalid",
    ],
    [
      "front matter as code",
      scaffold("workflows/code.md"),
      /only plain YAML front matter is read/,
      "front_matter_refused",
    ],
    [
      "a circle",
      scaffold("workflows/circle.md"),
      "workflows/circle.md:8:12: nodes need each other in a circle: a -> a",
      "workflow_invalid",
    ],
    [
      "a spec file that is not there",
      scaffold(FLOW, "new", "--spec-file", "none.json"),
      "spec file not found: none.json",
      "workflow_not_found",
    ],
    [
      "a payload that is not JSON",
      ["progress", "demo", "x", "--payload-json", "{oops"],
      /^--payload-json is not valid JSON: /,
      "invalid_json",
    ],
    [
      "a delivery context that is not JSON",
      scaffold(FLOW, "new", "--delivery-context-json", "{oops"),
      /^--delivery-context-json is not valid JSON: /,
      "invalid_json",
    ],
    [
      "a message that is too long",
      ["progress", "demo", "x".repeat(64 * 1024 + 1)],
      "message is 65537 characters long; at most 65536 are accepted",
      "too_large",
    ],
    [
      "a note that is too long",
      ["transition-node", "demo", "a", "running", "--message", "x".repeat(64 * 1024 + 1)],
      "message is 65537 characters long; at most 65536 are accepted",
      "too_large",
    ],
    [
      "a bound value that is too long",
      ["bind", "demo", "cron", "--value", "x".repeat(1025)],
      "value is 1025 characters long; at most 1024 are accepted",
      "too_large",
    ],
    [
      "a key that is too long",
      ["progress", "demo", "x", "--key", "k".repeat(257)],
      "an idempotency key has 1 to 256 characters, this one 257",
      "too_large",
    ],
    [
      "an empty key",
      ["progress", "demo", "x", "--key", ""],
      "an idempotency key has 1 to 256 characters, this one 0",
      "too_large",
    ],
    [
      "a run id that leaves the root",
      ["progress", "../demo", "x"],
      'run id is not usable as an id: "../demo"',
      "invalid_id",
    ],
    ["a run id that is a path", ["validate", "a/b"], 'run id is not usable as an id: "a/b"', "invalid_id"],
    ["a run id of dots", ["show", ".."], 'run id is not usable as an id: ".."', "invalid_id"],
    ["an empty run id", ["validate", ""], 'run id is not usable as an id: ""', "invalid_id"],
    ["a task that is not there", ["tasks", "show", "ghost"], "task not found: ghost", "task_not_found"],
  ])("reports %s", (_what, args, message, code) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.write("workflows/plain.md", "# no front matter\n");
    sandbox.write("workflows/open.md", "---\nworkflowId: x\n");
    sandbox.write("workflows/code.md", "---js\n{}\n---\n");
    sandbox.write("workflows/circle.md", workflowText({ nodes: [{ id: "a", needs: ["a"] }] }));
    const journal = sandbox.bytes("runs/demo/events.jsonl");

    const result = sandbox.cli(...args);
    const [first, second, third] = result.stderr.split("\n");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    if (typeof message === "string") expect(first).toBe(message);
    else expect(first).toMatch(message);
    expect(second).toBe(`  code: ${code}`);
    expect(third).toMatch(/^ {2}next: \S/);

    expect(sandbox.bytes("runs/demo/events.jsonl")).toEqual(journal);
    expect(() => sandbox.text("runs/new/state.json")).toThrow("ENOENT");
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("prints one JSON document on stderr with --json", () => {
    const result = useRun({ nodes: [{ id: "a" }] }).cli("progress", "ghost", "x", "--json");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(result.stderr)).toEqual({
      ok: false,
      error: {
        code: "run_not_found",
        message: "run not found: ghost",
        next: expect.stringContaining("list") as string,
      },
    });
  });
});

describe("validate", () => {
  it("prints problems on stdout with exit code 1", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.write("runs/demo/control.jsonl", "{broken\n");
    const result = sandbox.cli("validate", "demo");
    expect(result).toMatchObject({
      code: 1,
      stderr: "",
      json: { ok: false, runId: "demo", runStatus: "running", eventCount: 2 },
    });
    expect(result.stdout).toContain("control.jsonl contains invalid JSONL: ");
  });
});
