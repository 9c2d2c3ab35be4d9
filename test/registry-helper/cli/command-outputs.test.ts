import { describe, expect, it } from "vitest";
import { useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { FIVE_KINDS } from "../../support/workflow-text.ts";

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
const stamp = expect.stringMatching(STAMP) as string;
/** What Python's `splitlines`, by which OpenTask reads its log, takes for the end of a line. */
// eslint-disable-next-line no-control-regex -- a vertical tab is one of them
const LINE_ENDS = /[\n\u2028\u2029\u0085\u000b]/;
const COUNTS = { pending: 0, ready: 0, running: 0, waiting: 0, completed: 0, failed: 0, skipped: 0 };

describe("scaffold", () => {
  it("prints exactly OpenTask's document", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("five", { nodes: FIVE_KINDS });
    const { stdout, stderr } = sandbox.scaffold("demo", path);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `{\n  "ok": true,\n  "runId": "demo",\n  "registryRoot": "${sandbox.root}",\n  "workflowPath": "workflows/five.task.md",\n  "runPath": "runs/demo",\n  "readyNodes": [\n    "gather"\n  ]\n}\n`,
    );
  });

  it("derives the default session keys and agent id from the source session key", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const made = (key: string, ...more: string[]) => {
      const runId = `r${Math.random().toString(36).slice(2, 8)}`;
      sandbox.ok("scaffold", "--workflow-path", path, "--run-id", runId, "--source-session-key", key, ...more);
      const { sourceAgentId, rootSessionKey, plannerSessionKey, driverSessionKey, deliveryContext } =
        sandbox.state(runId);
      return { sourceAgentId, rootSessionKey, plannerSessionKey, driverSessionKey, deliveryContext };
    };
    expect(made("agent:ops:x")).toEqual({
      sourceAgentId: "ops",
      rootSessionKey: "agent:ops:x",
      plannerSessionKey: "agent:ops:x",
      driverSessionKey: "agent:ops:x",
      deliveryContext: null,
    });
    expect(made("agent:")).toMatchObject({ sourceAgentId: "" });
    expect(made("plain")).toMatchObject({ sourceAgentId: null });
    expect(made("plain", "--source-agent-id", "me", "--root-session-key", "root")).toMatchObject({
      sourceAgentId: "me",
      rootSessionKey: "root",
      plannerSessionKey: "root",
      driverSessionKey: "root",
    });
    expect(
      made("k", "--delivery-context-json", '{"channel":"discord","to":"c","threadId":123456789012345678901}'),
    ).toMatchObject({ deliveryContext: { channel: "discord", to: "c" } });
  });

  it("keeps every digit of a large id in the delivery context", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] }, "--delivery-context-json", '{"threadId":123456789012345678901}');
    sandbox.ok("progress", "demo", "on");
    for (const file of ["state.json", "refs.json", "events.jsonl"])
      expect(sandbox.text(`runs/demo/${file}`)).toContain('"threadId": 123456789012345678901');
  });

  it("creates the same run folders and files as OpenTask", () => {
    const sandbox = useRun({ nodes: FIVE_KINDS });
    expect(sandbox.text("runs/demo/control.jsonl")).toBe("");
    expect(sandbox.text("runs/demo/nodes/review/handoff.md")).toBe(
      "# Node review handoff\n\nThe parent orchestrator can place the concrete child brief for this node here before dispatch.\n",
    );
    expect(sandbox.text("runs/demo/workflow.lock.md")).toBe(sandbox.text("workflows/demo-flow.task.md"));
  });

  it("converts CRLF to LF in the copy of the workflow", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const text = sandbox.text(path);
    sandbox.write(path, text.replaceAll("\n", "\r\n"));
    sandbox.scaffold("demo", path);
    expect(sandbox.text("runs/demo/workflow.lock.md")).toBe(text);
  });

  it("reads a JSON spec relative to the current directory and still locks the workflow file", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const spec = {
      workflowId: "s",
      title: "S",
      nodes: [{ id: "only", title: "T", kind: "wait", outputs: { mode: "notify" } }],
    };
    sandbox.write("elsewhere/spec.json", JSON.stringify(spec));
    const result = sandbox.call({
      cwd: sandbox.path("elsewhere"),
      args: [
        "scaffold",
        "--workflow-path",
        path,
        "--spec-file",
        "spec.json",
        "--run-id",
        "r",
        "--source-session-key",
        "k",
      ],
    });
    expect(result.json).toMatchObject({ readyNodes: ["only"] });
    expect(sandbox.state("r").workflowId).toBe("s");
    expect(sandbox.text("runs/r/workflow.lock.md")).toContain("id: a");
  });

  it("accepts an absolute path inside the registry, a leading ./ and backslashes", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    for (const [index, written] of [sandbox.path(path), `./${path}`, "workflows\\w.task.md"].entries()) {
      expect(sandbox.scaffold(`r${index}`, written).json).toMatchObject({ workflowPath: path });
    }
  });
});

describe("bind", () => {
  it("returns the event and the complete refs", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { json } = sandbox.ok(
      "bind",
      "demo",
      "child-session",
      "--node-id",
      "a",
      "--value",
      "child-1",
      "--payload-json",
      '{"x":1}',
    );
    expect(json).toEqual({
      ok: true,
      event: {
        event: "node.child_session_bound",
        timestamp: stamp,
        runId: "demo",
        payload: { x: 1 },
        nodeId: "a",
        message: "Bound child session child-1.",
        seq: 3,
        value: "child-1",
      },
      refs: sandbox.refs("demo"),
    });
    expect(sandbox.refs("demo").childSessions).toEqual({ a: "child-1" });
    expect(sandbox.state("demo").nodes[0]?.childSessionKey).toBe("child-1");
  });
});

describe("transition-node", () => {
  it("returns all events, all seven counts in a fixed order, and the run's status", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    sandbox.ok("transition-node", "demo", "a", "running");
    const { json, stdout } = sandbox.ok("transition-node", "demo", "a", "completed", "--message", "done");
    expect(json).toEqual({
      ok: true,
      events: [
        { event: "node.completed", timestamp: stamp, runId: "demo", payload: {}, nodeId: "a", message: "done", seq: 4 },
        {
          event: "node.ready",
          timestamp: stamp,
          runId: "demo",
          payload: {},
          nodeId: "b",
          message: "Node b is ready for dispatch.",
          seq: 5,
        },
      ],
      statusCounts: { ...COUNTS, completed: 1, ready: 1 },
      runStatus: "running",
    });
    expect([...stdout.matchAll(/"(\w+)": \d,?\n/g)].map(([, name]) => name).slice(-7)).toEqual(Object.keys(COUNTS));
  });

  it("writes nothing when the node already has the status", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const before = sandbox.bytes("runs/demo/events.jsonl");
    expect(sandbox.ok("transition-node", "demo", "a", "ready").stdout).toBe(
      '{\n  "ok": true,\n  "noop": true,\n  "nodeId": "a",\n  "status": "ready"\n}\n',
    );
    expect(sandbox.bytes("runs/demo/events.jsonl")).toEqual(before);
  });

  it("reports and records missing declared files, and validate warns about them", () => {
    const sandbox = useRun({ nodes: [{ id: "a", mode: "report" }] });
    sandbox.ok("transition-node", "demo", "a", "running");
    const result = sandbox.ok("transition-node", "demo", "a", "completed");
    expect(result.json).toMatchObject({
      missingArtifacts: ["nodes/a/report.md"],
      events: [{ missingArtifacts: ["nodes/a/report.md"] }, {}],
    });
    expect(result.stderr).toContain("a completed without nodes/a/report.md");
    expect(sandbox.ok("validate", "demo").json).toMatchObject({
      ok: true,
      warnings: ["node a is completed without evidence: nodes/a/report.md"],
    });
  });

  it("reports no missing files when the declared files exist", () => {
    const sandbox = useRun({ nodes: [{ id: "a", mode: "report" }] });
    sandbox.write("runs/demo/nodes/a/report.md", "# Report\n");
    sandbox.ok("transition-node", "demo", "a", "running");
    const result = sandbox.ok("transition-node", "demo", "a", "completed");
    expect(result.json).not.toHaveProperty("missingArtifacts");
    expect(sandbox.ok("validate", "demo").json).not.toHaveProperty("warnings");
  });
});

describe("progress", () => {
  it("returns the event and updates the run's progress fields", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { json } = sandbox.ok("progress", "demo", "half way – 50 %");
    expect(json).toEqual({
      ok: true,
      event: {
        event: "run.progress",
        timestamp: stamp,
        runId: "demo",
        payload: {},
        message: "half way – 50 %",
        seq: 3,
      },
    });
    const state = sandbox.state("demo");
    const event = sandbox.events("demo").at(-1);
    expect(state).toMatchObject({
      lastProgressMessage: "half way – 50 %",
      lastProgressMessageAt: event?.timestamp,
      updatedAt: event?.timestamp,
      lastEvent: "run.progress",
    });
    expect(sandbox.text("runs/demo/events.jsonl")).toContain("half way \\u2013 50 %");
  });

  it("omits an empty message from the event", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(sandbox.ok("progress", "demo", "").stdout).not.toContain('"message"');
    expect(sandbox.state("demo").lastProgressMessage).toBe("");
  });

  it.each([
    ["[1,2]", [1, 2]],
    ['"text"', "text"],
    ["7", 7],
    ["null", {}],
    ["false", {}],
    ["0", {}],
    ['""', {}],
    ["[]", {}],
    ["", {}],
  ])("accepts any JSON payload and stores empty values as {}: %s", (text, payload) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(sandbox.ok("progress", "demo", "x", "--payload-json", text).json).toMatchObject({ event: { payload } });
  });

  it("keeps a message on one line when it contains characters that could split it", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("progress", "demo", "a\nb\u2028c\u2029d\u0085e\u000bf");
    const lines = sandbox.text("runs/demo/events.jsonl").split(LINE_ENDS);
    expect(lines).toHaveLength(4);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true, eventCount: 3 });
  });
});

describe("validate", () => {
  it("prints exactly OpenTask's keys for a valid run", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    expect(sandbox.ok("validate", "demo").stdout).toBe(
      `{\n  "ok": true,\n  "issues": [],\n  "runId": "demo",\n  "runStatus": "running",\n  "statusCounts": {\n    "pending": 1,\n    "ready": 1,\n    "running": 0,\n    "waiting": 0,\n    "completed": 0,\n    "failed": 0,\n    "skipped": 0\n  },\n  "eventCount": 2\n}\n`,
    );
  });
});
