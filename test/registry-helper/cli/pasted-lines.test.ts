import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { formatRemedy, suggest } from "../../../registry-helper/model/remedy.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

const getNext = (stderr: string): string => /^ {2}next: (.*)$/m.exec(stderr)?.[1] ?? "";

/** Runs a printed line as a person or an agent would. */
function paste(sandbox: RegistrySandbox, line: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(line, { shell: true, cwd: "/", encoding: "utf8", env: { ...process.env, HOME: sandbox.home } });
}

describe("a printed command", () => {
  it("uses the caller's form of the helper command everywhere in a sentence", () => {
    expect(formatRemedy({ commands: [suggest("retry", "r", "a"), suggest("skip", "r", "a")] }, "node x")).toBe(
      "node x retry r a, or: node x skip r a",
    );
    expect(formatRemedy({ hint: "set plugins.entries.clawtask.config" }, "node x")).toBe(
      "set plugins.entries.clawtask.config",
    );
  });

  it("works from any directory when it comes from an error", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const unknown = sandbox.cli("next", "ghost");
    expect(paste(sandbox, getNext(unknown.stderr))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("demo") as string,
    });
  });

  it("works when it comes from a JSON error", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const { error } = JSON.parse(sandbox.cli("next", "ghost", "--json").stderr) as { error: { next: string } };
    expect(paste(sandbox, error.next)).toMatchObject({ status: 0, stdout: expect.stringContaining("demo") as string });
  });

  it("contains the claim token when declared files are missing", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow(
      "w",
      "---\nworkflowId: w\ntitle: W\ndefaults: { evidence: required }\nnodes:\n  - { id: a, title: A, kind: session_turn, outputs: { mode: report } }\n---\n",
    );
    sandbox.scaffold("r", path);
    sandbox.ok("next", "r", "--claim");
    const token = sandbox.state("r").nodes[0]?.claim?.token ?? 0;
    expect(getNext(sandbox.cli("complete", "r", "a").stderr)).toContain(`fail r a --claim ${token} --next --message`);
  });

  it("starts a run of a new workflow with the session key and parameters filled in", () => {
    const sandbox = useSandbox();
    const { stdout } = sandbox.ok("workflow", "new", "mine", "--template", "research-report");
    const line = stdout.split("\n").find((one) => one.includes(" scaffold ")) ?? "";
    expect(line).toContain('--source-session-key "<your session key>"');
    expect(line).toMatch(/--set \w+="</);
    const made = paste(sandbox, line.trim().replace('"<id>"', "mine-1"));
    expect(made.stdout).toContain("next mine-1 --claim");
    expect(sandbox.cli("next", "mine-1").code).toBe(0);
  });
});

describe("warnings about easily missed problems", () => {
  const CUT =
    "---\nworkflowId: w\ntitle: W\nnodes:\n  - id: a\n    title: A\n    kind: session_turn\n    prompt: Post it in #news\n    outputs: { mode: notify }\n---\n";

  it("validate and scaffold warn about a prompt that is cut off at a #", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", CUT);
    expect(sandbox.ok("workflow", "validate", "w").stdout).toContain(
      `warning: ${path}:8:23: prompt ends before " #news"`,
    );
    expect(sandbox.ok("workflow", "validate", "--json").json).toMatchObject({
      ok: true,
      files: [{ warnings: [expect.stringContaining("#news") as string] }],
    });
    const { stderr } = sandbox.cli("scaffold", "--workflow-path", path, "--run-id", "r", "--source-session-key", "k");
    expect(stderr).toContain('note: workflows/w.task.md:8:23: prompt ends before " #news"');
  });

  it("fail without --claim warns when another caller has claimed the node", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }] });
    sandbox.ok("claim", "demo", "a", "b", "--by", "one");
    const { claim } = sandbox.state("demo").nodes[1] ?? {};
    expect(sandbox.ok("fail", "demo", "a", "--by", "two").stderr).toContain("a was claimed by one (");
    expect(sandbox.ok("complete", "demo", "b", "--claim", String(claim?.token), "--by", "two").stderr).toBe("");
  });

  it("send-message warns when no gateway plugin can send the message", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    sandbox.scaffold("r", path, "--delivery-context-json", '{"channel":"telegram","to":"telegram:1"}');
    expect(sandbox.ok("send-message", "r", "half way").stderr).toContain(
      "no gateway plugin is at work on this registry",
    );
  });

  it("doctor reports whether a gateway plugin is connected", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(sandbox.cli("doctor").stdout).toContain(
      "gateway plugin: none on this registry: give scaffold --source-session-key",
    );
    sandbox.write(".gateway.json", JSON.stringify({ pid: 7, writtenAt: new Date().toISOString() }));
    expect(sandbox.cli("doctor").stdout).toContain("gateway plugin: at work (process 7)");
  });

  it("bind says when to check a child if no plugin is connected", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent" }] });
    sandbox.ok("claim", "demo", "a");
    const bind = ["bind", "demo", "child-session", "--node-id", "a", "--value", "c", "--text"];
    expect(sandbox.ok(...bind).stdout).toMatch(/Look again at .*: see whether\s+the\s+child of a still works\.\n/);
  });

  it("show reports a file that was changed after its node completed", () => {
    const sandbox = useRun({ nodes: [{ id: "a", mode: "report" }] });
    sandbox.ok("claim", "demo", "a");
    sandbox.write("runs/demo/nodes/a/report.md", "long\n");
    sandbox.ok("complete", "demo", "a");
    expect(sandbox.ok("show", "demo").stdout).not.toContain("since it was done");
    sandbox.write("runs/demo/nodes/a/report.md", "much shorter\n");
    expect(sandbox.ok("show", "demo").stdout).toContain("changed   since it was done: nodes/a/report.md (13 bytes)");
  });
});

describe("clear wording", () => {
  const TELEGRAM = ["--delivery-context-json", '{"channel":"telegram","to":"telegram:1"}'];

  it("show says that a question needed no message and which node comes before another", () => {
    const sandbox = useRun(
      {
        nodes: [
          { id: "ok", kind: "approval" },
          { id: "end", needs: ["ok"] },
        ],
      },
      ...TELEGRAM,
    );
    expect(sandbox.ok("show", "demo").stdout).toMatch(/^end .* after ok$/m);
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("approve", "demo", "ok", "--by", "ana");
    expect(sandbox.ok("show", "demo").stdout).toContain(
      "asked     no message of ClawTask's was needed: it is completed",
    );
  });

  it("a rejection names the current holder of the node", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("claim", "demo", "a");
    expect(sandbox.cli("claim", "demo", "a").stderr).toContain("is claimed by a caller without a session key until");
    expect(sandbox.cli("complete", "demo", "a", "--claim", "99").stderr).toContain(
      "a caller without a session key holds it now",
    );
  });

  it("a late cancel says how to reopen a failed run", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("claim", "demo", "a");
    sandbox.ok("fail", "demo", "a");
    expect(getNext(sandbox.cli("cancel", "demo").stderr)).toMatch(
      /^retry or skip what failed opens it again: .* next demo$/,
    );
  });
});

describe("spawn instructions", () => {
  it("contain exactly one task, the one to pass on", () => {
    const sandbox = useRun({
      nodes: [
        { id: "a", kind: "subagent", prompt: "Find prices." },
        { id: "b", prompt: "Sum up." },
      ],
    });
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(stdout).not.toContain("Find prices.");
    expect(stdout).toContain("  task: Sum up.");
    expect(stdout.match(/"task":"/g)).toHaveLength(1);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("before anything else");
  });

  it("appear again for a caller without a session key, with a number to identify its own claim", () => {
    const sandbox = useRun({
      nodes: [
        { id: "prices", kind: "subagent" },
        { id: "terms", kind: "subagent" },
      ],
    });
    sandbox.ok("next", "demo", "--claim");
    const retried = sandbox.ok("retry", "demo", "terms", "--next", "--message", "again").stdout;
    const token = sandbox.state("demo").nodes[0]?.claim?.token ?? 0;
    expect(retried).toContain(`CLAIMED  prices=${token} (subagent), until`);
    expect(retried).toContain("DISPATCH  terms (subagent, attempt 2)");
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(stdout).toMatch(/CLAIMED {2}prices[^]*call sessions_spawn[^]*spawned demo prices="<childSessionKey>"/);
    expect(stdout).toContain("only if its holder is gone (perhaps you");
  });

  it("appear again for the same session when next is called without --claim", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent" }] });
    const mine = { env: { CLAWTASK_SESSION_KEY: "agent:main:main" } };
    sandbox.call({ args: ["next", "demo", "--claim"], ...mine });
    expect(sandbox.call({ args: ["next", "demo"], ...mine }).stdout).toContain("DISPATCH  a (subagent)");
    expect(sandbox.ok("next", "demo").stdout).toContain("UNDER WAY  a (subagent)");
  });
});
