import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TEMPLATES } from "../../../registry-helper/domain/workflow/templates.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { FIVE_KINDS } from "../../support/workflow-text.ts";

const columns = (text: string): number => Math.max(...text.split("\n").map((line) => [...line].length));

describe("workflow new", () => {
  it("offers every template of the skill, and each creates a valid workflow", () => {
    const assets = readdirSync(new URL("../../../skills/clawtask/assets", import.meta.url));
    expect(assets.sort()).toEqual(TEMPLATES.map((name) => `${name}.task.md`).sort());
    const sandbox = useSandbox();
    for (const template of TEMPLATES) sandbox.ok("workflow", "new", `my-${template}`, "--template", template);
    const report = sandbox.ok("workflow", "validate", "--json").json as {
      files: { workflowId: string; ok: boolean }[];
    };
    expect(report.files.map(({ workflowId, ok }) => [workflowId, ok])).toEqual(
      TEMPLATES.map((name) => [`my-${name}`, true]).sort(),
    );
  });

  it("accepts a title and does not overwrite an existing file", () => {
    const sandbox = useSandbox();
    sandbox.ok("workflow", "new", "mine", "--title", 'Say "hello": $& #1');
    expect(sandbox.ok("workflow", "show", "mine", "--json").json).toMatchObject({ title: 'Say "hello": $& #1' });
    sandbox.append("workflows/mine.task.md", "own words\n");
    expect(sandbox.cli("workflow", "new", "mine").stderr).toContain("workflow_exists");
    expect(sandbox.text("workflows/mine.task.md")).toContain("own words");
    expect(sandbox.cli("workflow", "new", "../mine").stderr).toContain("invalid_id");
    expect(sandbox.cli("workflow", "new", "x", "--template", "none").code).toBe(2);
  });
});

/** Does everything that is ready, in the order in which it becomes so, as an agent with `--next` would. */
function drive(sandbox: RegistrySandbox, runId: string, results: Record<string, object>, choice: string): string[] {
  const done: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const { steps } = sandbox.ok("next", runId, "--claim", "--json").json as {
      steps: { nodeId: string; action: string }[];
    };
    const open = steps.filter(({ action }) => ["do", "dispatch", "ask"].includes(action));
    if (open.length === 0) break;
    for (const { nodeId, action } of open) {
      done.push(nodeId);
      sandbox.write(`runs/${runId}/nodes/${nodeId}/report.md`, `what ${nodeId} found\n`);
      const result = results[nodeId];
      if (action === "ask") sandbox.ok("approve", runId, nodeId, "--by", "ana", "--choice", choice);
      else sandbox.ok("complete", runId, nodeId, ...(result ? ["--result-json", JSON.stringify(result)] : []));
    }
  }
  return done;
}

it("the code review template runs to completion", () => {
  const sandbox = useSandbox();
  sandbox.ok("workflow", "new", "review", "--template", "code-review");
  sandbox.scaffold("r1", "workflows/review.task.md", "--set", "change=main..feature");
  const results = { "run-tests": { passed: 40, failed: 0 }, verdict: { blocking: 2, other: 1 } };
  expect(drive(sandbox, "r1", results, "comment only")).toEqual([
    ...["scope", "run-tests", "correctness", "security", "verdict", "post", "report"],
  ]);
  expect(sandbox.state("r1").status).toBe("completed");
  expect(sandbox.ok("validate", "r1").json).toMatchObject({ ok: true });
});

it("a node that is skipped by its condition is not reported as ready", () => {
  const sandbox = useSandbox();
  sandbox.ok("workflow", "new", "review", "--template", "code-review");
  sandbox.scaffold("r1", "workflows/review.task.md", "--set", "change=main..feature");
  const results = { "run-tests": { passed: 40, failed: 0 }, verdict: { blocking: 0, other: 1 } };
  for (const nodeId of ["scope", "run-tests", "correctness", "security"]) {
    sandbox.ok("claim", "r1", nodeId);
    sandbox.write(`runs/r1/nodes/${nodeId}/report.md`, "x\n");
    sandbox.ok("complete", "r1", nodeId, "--result-json", JSON.stringify(results["run-tests"]));
  }
  sandbox.ok("claim", "r1", "verdict");
  sandbox.write("runs/r1/nodes/verdict/report.md", "x\n");
  const result = JSON.stringify(results.verdict);
  expect(sandbox.ok("complete", "r1", "verdict", "--result-json", result, "--json").json).toMatchObject({
    ready: ["report"],
  });
});

describe("workflow validate", () => {
  it("reports every file and the position of each problem", () => {
    const sandbox = useSandbox();
    sandbox.ok("workflow", "new", "good");
    sandbox.write(
      "workflows/bad.task.md",
      "---\nworkflowId: bad\ntitle: Bad\nnodes:\n  - id: a\n    title: A\n    kind: no\n---\n",
    );
    sandbox.write("drafts/other.task.md", "no front matter\n");
    const all = sandbox.cli("workflow", "validate", "bad", "drafts/other.task.md", "good", "nothing");
    expect(all.code).toBe(1);
    expect(all.stdout).toContain(
      "workflows/bad.task.md:7:11: node a has unsupported kind: no\n  code: workflow_invalid",
    );
    expect(all.stdout).toContain("workflow is missing YAML frontmatter: drafts/other.task.md");
    expect(all.stdout).toContain("workflows/good.task.md: good, version");
    expect(all.stdout).toContain("workflow_not_found");
    expect(sandbox.cli("workflow", "validate", "bad", "good", "--json").json).toMatchObject({
      ok: false,
      files: [
        { ok: false, problem: { code: "workflow_invalid" } },
        { ok: true, nodes: 3 },
      ],
    });
  });
});

describe("workflow list and workflow show", () => {
  it("show versions, run counts and unreadable files", () => {
    const sandbox = useSandbox();
    sandbox.ok("workflow", "new", "one", "--template", "research-report");
    sandbox.scaffold("r1", "workflows/one.task.md", "--set", "topic=mosses");
    sandbox.write("workflows/broken.task.md", "---\nnodes: [\n---\n");
    expect(sandbox.ok("workflow", "list", "--json").json).toMatchObject({
      workflows: [
        { path: "workflows/broken.task.md", problem: { code: "workflow_invalid" } },
        { path: "workflows/one.task.md", workflowId: "one", nodes: 7, runs: 1, problem: null },
      ],
    });
    const version = sandbox.state("r1").workflowVersion ?? "";
    const shown = sandbox.ok("workflow", "show", "one").stdout;
    expect(shown).toContain(`${version} (this)  1`);
    expect(shown).toContain('if depth = "deep"');
    expect(columns(shown.slice(0, shown.indexOf("  node ")))).toBeLessThanOrEqual(80);
    expect(columns(sandbox.ok("workflow", "list").stdout)).toBeLessThanOrEqual(80);
  });
});

describe("workflow graph", () => {
  it("draws the levels of a workflow or a run within 80 columns", () => {
    const sandbox = useRun({ nodes: [...FIVE_KINDS, { id: "side", needs: ["gather"] }] });
    sandbox.ok("transition-node", "demo", "gather", "running");
    expect(sandbox.ok("workflow", "graph", "demo-flow").stdout).toBe(
      [
        "demo-flow A workflow",
        "",
        "  1 ── gather   session_turn",
        "  2 ─┬ review   subagent      <- gather",
        "     └ side     session_turn  <- gather",
        "  3 ── gate     approval      <- review",
        "  4 ── pause    wait          <- gate",
        "  5 ── wrap-up  summary       <- pause",
        "",
      ].join("\n"),
    );
    expect(sandbox.ok("workflow", "graph", "--run", "demo").stdout).toContain("  1 ── gather   running");
    expect(sandbox.cli("workflow", "graph").code).toBe(2);
  });

  it("writes Mermaid and DOT with escaped titles", () => {
    const sandbox = useRun({ title: "x", nodes: [{ id: "end" }, { id: "b", kind: "approval", needs: ["end"] }] });
    const mermaid = sandbox.ok("workflow", "graph", "demo-flow", "--format", "mermaid").stdout;
    expect(mermaid).toBe('flowchart TD\n  n0["end<br/>Node end"]\n  n1{"b<br/>Node b"}\n  n0 --> n1\n');
    const dot = sandbox.ok("workflow", "graph", "--run", "demo", "--format", "dot").stdout;
    expect(dot).toContain('"end" -> "b";');
    expect(dot).toContain('"b" [label="b\\nNode b\\npending", shape=diamond];');
  });
});
