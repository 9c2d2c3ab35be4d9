import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { forkRun } from "../../../../registry-helper/operations/runs/fork-run.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { failingAt } from "../../../support/failing-file-system.ts";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const WORKFLOW = `---
workflowId: forked
title: About {{topic}}
params:
  topic: { type: string }
  deep: { type: boolean, default: false }
nodes:
  - id: gather
    title: Gather {{topic}}
    kind: session_turn
    prompt: Gather {{topic}}.
    outputs: { mode: report }
  - id: deepen
    title: Deepen
    kind: subagent
    needs: [gather]
    when: { param: deep, equals: true }
    outputs: { mode: report }
  - id: ok
    title: May {{topic}} go out?
    kind: approval
    needs: [gather]
    approval: { question: "Publish {{topic}}?" }
    outputs: { mode: notify }
  - id: write
    title: Write {{topic}}
    kind: subagent
    needs: [ok, deepen]
    outputs: { mode: report }
  - id: send
    title: Send
    kind: session_turn
    needs: [write]
    outputs: { mode: notify }
---
`;

/** A run that was done up to its last but one node, which failed. */
function withFailure(): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.scaffold("old", sandbox.workflow("forked", WORKFLOW), "--set", "topic=mosses");
  sandbox.ok("claim", "old", "gather");
  sandbox.write("runs/old/nodes/gather/report.md", "three mosses\n");
  sandbox.write("runs/old/nodes/gather/data/table.csv", "a,b\n");
  sandbox.ok("complete", "old", "gather", "--message", "three found");
  sandbox.ok("claim", "old", "ok");
  sandbox.ok("approve", "old", "ok", "--by", "ana", "--message", "but short");
  sandbox.ok("claim", "old", "write");
  sandbox.ok("bind", "old", "child-session", "--node-id", "write", "--value", "agent:main:subagent:1");
  sandbox.ok("fail", "old", "write", "--message", "too long");
  return sandbox;
}

describe("fork", () => {
  it("copies the nodes completed before the given node with their files, and restarts from there", () => {
    const sandbox = withFailure();
    symlinkSync("/etc/passwd", sandbox.run("old", "nodes/gather/link.md"));
    const made = sandbox.ok("fork", "old", "--from", "write", "--json").json;
    expect(made).toMatchObject({
      runId: "old-fork",
      runPath: "runs/old-fork",
      forkedFrom: { runId: "old", nodeId: "write" },
      carried: ["gather", "deepen", "ok"],
      readyNodes: ["write"],
    });
    expect(sandbox.text("runs/old-fork/nodes/gather/report.md")).toBe("three mosses\n");
    expect(sandbox.text("runs/old-fork/nodes/gather/data/table.csv")).toBe("a,b\n");
    expect(existsSync(sandbox.run("old-fork", "nodes/gather/link.md"))).toBe(false);
    const { nodes, forkedFrom, status, params } = sandbox.state("old-fork");
    expect({ forkedFrom, status, params }).toEqual({
      forkedFrom: { runId: "old", nodeId: "write" },
      status: "running",
      params: { topic: "mosses", deep: false },
    });
    expect(nodes.map((node) => node.status)).toEqual(["completed", "skipped", "completed", "ready", "pending"]);
    expect(nodes[0]?.evidence).toMatchObject([{ path: "nodes/gather/report.md", size: 13 }]);
    expect(nodes[2]?.answer).toMatchObject({ choice: "approve", words: "but short", by: "ana" });
    expect(nodes[3]).not.toHaveProperty("attempts");
    expect(nodes[3]?.childSessionKey).toBeNull();
  });

  it("creates a run that passes validate and verify and can be completed", () => {
    const sandbox = withFailure();
    sandbox.ok("fork", "old", "--from", "write", "--run-id", "again");
    expect(sandbox.ok("validate", "again").json).toMatchObject({ ok: true, issues: [] });
    sandbox.ok("verify", "again");
    expect(sandbox.ok("next", "again", "--claim").stdout).toContain("write");
    sandbox.write("runs/again/nodes/write/report.md", "short\n");
    sandbox.ok("complete", "again", "write");
    sandbox.ok("claim", "again", "send");
    sandbox.ok("complete", "again", "send");
    expect(sandbox.state("again").status).toBe("completed");
    expect(sandbox.ok("validate", "again").json).toMatchObject({ ok: true });
    expect(sandbox.state("old").status).not.toBe("completed");
  });

  it("restarts parallel nodes that had not ended or were affected by a failure", () => {
    const sandbox = withFailure();
    expect(sandbox.ok("fork", "old", "--from", "send", "--json").json).toMatchObject({
      carried: ["gather", "deepen", "ok"],
      readyNodes: ["write"],
    });
  });

  it("changes titles, questions and conditions of the restarted nodes with --set", () => {
    const sandbox = withFailure();
    sandbox.ok("fork", "old", "--from", "ok", "--run-id", "deep", "--set", "deep=true", "--set", "topic=ferns");
    const { title, nodes, params } = sandbox.state("deep");
    expect({ title, params }).toEqual({ title: "About ferns", params: { topic: "ferns", deep: true } });
    expect(nodes.map(({ status }) => status)).toEqual(["completed", "ready", "ready", "pending", "pending"]);
    expect(nodes.map(({ title: name }) => name).slice(0, 3)).toEqual(["Gather mosses", "Deepen", "May ferns go out?"]);
    expect(sandbox.ok("next", "deep", "--claim").stdout).toContain("Publish ferns?");
    expect(sandbox.cli("fork", "old", "--from", "ok", "--set", "deep=maybe").stderr).toContain("params_invalid");
  });

  it("keeps a completed node without its file as a warning, not as an issue", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("old", sandbox.workflow("forked", WORKFLOW), "--set", "topic=mosses");
    sandbox.ok("claim", "old", "gather");
    sandbox.ok("complete", "old", "gather");
    sandbox.ok("fork", "old", "--from", "ok");
    expect(sandbox.ok("validate", "old-fork").json).toMatchObject({ ok: true, warnings: [expect.any(String)] });
  });

  it("chooses a run id, returns the same run for the same key, and rejects unknown ids", () => {
    const sandbox = withFailure();
    sandbox.ok("fork", "old", "--from", "write");
    expect(sandbox.ok("fork", "old", "--from", "write", "--json").json).toMatchObject({ runId: "old-fork-2" });
    const first = sandbox.ok("fork", "old", "--from", "write", "--key", "k1", "--json").json;
    expect(sandbox.ok("fork", "old", "--from", "write", "--key", "k1", "--json").json).toEqual(first);
    expect(sandbox.cli("fork", "old", "--from", "nobody").stderr).toContain("node_not_found");
    expect(sandbox.cli("fork", "nothing", "--from", "write").stderr).toContain("run_not_found");
    expect(sandbox.cli("fork", "old", "--from", "write", "--run-id", "old").stderr).toContain("run_exists");
    expect(sandbox.cli("fork", "old", "--from", "write", "--run-id", "../x").stderr).toContain("invalid_id");
  });

  it("creates the complete run or nothing, whichever file-system call fails", () => {
    const sandbox = withFailure();
    for (let k = 1; k < 400; k += 1) {
      const { fs, calls } = failingAt(k);
      let failed = false;
      try {
        forkRun(openRegistry({ root: sandbox.root, fs }), "old", { nodeId: "write", by: "test", runId: `f${k}` });
      } catch {
        failed = true;
      }
      const isThere = existsSync(sandbox.run(`f${k}`));
      if (isThere) expect(sandbox.text(`runs/f${k}/nodes/gather/report.md`)).toBe("three mosses\n");
      else expect(failed).toBe(true);
      if (calls.length < k) break;
    }
    expect(readdirSync(sandbox.path("runs/.staging")).filter((name) => name.startsWith("f"))).toHaveLength(0);
  });
});
