import { describe, expect, it } from "vitest";
import { useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";

const WORKFLOW = `---
workflowId: w
title: About {{topic}}
params: { topic: { type: string } }
nodes:
  - { id: a, title: A, kind: session_turn, retries: { max: 1, backoffMs: 0 }, outputs: { mode: report } }
  - { id: ok, title: OK, kind: approval, needs: [a], outputs: { mode: notify } }
  - { id: b, title: B, kind: subagent, needs: [ok], outputs: { mode: notify } }
---
`;

describe("show", () => {
  it("prints attempts, answers, evidence, claims, notes, parameters and version within 80 columns", () => {
    const sandbox = useSandbox();
    sandbox.scaffold("r", sandbox.workflow("w", WORKFLOW), "--set", "topic=mosses");
    sandbox.ok("claim", "r", "a");
    sandbox.ok("fail", "r", "a", "--message", "HTTP 503");
    sandbox.ok("tick", "r");
    sandbox.ok("claim", "r", "a");
    sandbox.write("runs/r/nodes/a/report.md", "x\n");
    sandbox.ok("complete", "r", "a");
    sandbox.ok("claim", "r", "ok");
    sandbox.ok("approve", "r", "ok", "--by", "ana", "--message", "but short");
    sandbox.ok("claim", "r", "b", "--by", "me");
    sandbox.ok("note", "r", "budget is 20 calls", "--node-id", "b", "--by", "ana");
    sandbox.ok("note", "r", "for the board", "--by", "ana");
    const { stdout } = sandbox.ok("show", "r");
    for (const line of [
      /^workflow {2}w [0-9a-f]{12}$/m,
      /^param {5}topic = mosses$/m,
      /^note {6}\S+ ana: for the board$/m,
      /^a\n {2}try 1 {5}failed after \S+: HTTP 503\n {2}evidence {2}1 file, 2 bytes: nodes\/a\/report.md$/m,
      /^ok\n {2}answer {4}approve by ana \(reported on the command line\): but short$/m,
      /^b\n {2}claim {5}by me until .* UTC, token \d+$/m,
      /^ {2}note {6}\S+ ana: budget is 20 calls$/m,
    ])
      expect(stdout).toMatch(line);
    const lines = stdout.split("\n").filter((line) => !/^folder|clawtask\.cjs/.test(line));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("prints an earlier state of the run for --at with a position or a time", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    sandbox.ok("transition-node", "demo", "a", "running");
    const started = sandbox.events("demo").at(-1);
    sandbox.ok("transition-node", "demo", "a", "completed");
    const at = (when: string): unknown => sandbox.ok("show", "demo", "--json", "--at", when).json;
    const running = {
      at: { seq: started?.seq, time: started?.timestamp },
      state: {
        nodes: [
          { id: "a", status: "running" },
          { id: "b", status: "pending" },
        ],
      },
    };
    expect(at(String(started?.seq))).toMatchObject(running);
    expect(at(started?.timestamp ?? "")).toMatchObject(running);
    expect(at("999")).toMatchObject({ state: { nodes: [{ status: "completed" }, { status: "ready" }] } });
    expect(sandbox.ok("show", "demo", "--at", "1").stdout).toMatch(/^as of position 1, .* \(run\.created\)\n/);
    expect(sandbox.cli("show", "demo", "--at", "7d").stderr).toContain("tells nothing of 7d");
    expect(sandbox.cli("show", "demo", "--at", "soon").code).toBe(2);
  });
});
