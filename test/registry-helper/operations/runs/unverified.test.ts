import { describe, expect, it } from "vitest";
import { AUTO_COMPLETE_WAIT_MS } from "../../../../registry-helper/domain/run/decide/decide-observation.ts";
import { wallClock } from "../../../../registry-helper/model/time.ts";
import { tickRun } from "../../../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { commitRun } from "../../../../registry-helper/registry/run-store.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../../support/registry-sandbox.ts";

const NODES = [
  { id: "draft", mode: "report" },
  { id: "check", kind: "subagent", needs: ["draft"], mode: "report" },
] as const;
const MISSING = "draft completed without nodes/draft/report.md";

/** Every way by which work completes without its files. */
const WAYS: Record<string, (sandbox: RegistrySandbox) => void> = {
  complete: (sandbox) => {
    sandbox.ok("claim", "demo", "draft");
    sandbox.ok("complete", "demo", "draft");
  },
  "transition-node": (sandbox) => {
    for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "draft", to);
  },
};

describe("work that completed without its files", () => {
  it.each(Object.entries(WAYS))("is shown as unverified wherever it is shown: %s", (_name, finish) => {
    const sandbox = useRun({ nodes: NODES });
    finish(sandbox);
    expect(sandbox.state("demo").nodes[0]).toMatchObject({ missingArtifacts: ["nodes/draft/report.md"] });
    const show = sandbox.ok("show", "demo", "--text").stdout;
    expect(show).toContain("completed, unverified");
    expect(show).toContain(MISSING);
    expect(sandbox.ok("list", "--text").stdout).toContain("[1 unverified]");
    expect(sandbox.ok("list", "--json").json).toMatchObject({ runs: [{ unverified: 1 }] });
    expect(sandbox.ok("attention").stdout).toContain("UNVERIFIED");
    expect(sandbox.ok("brief", "demo", "check").stdout).toContain(MISSING);
    expect(sandbox.ok("next", "demo").stdout).toContain(MISSING);
    sandbox.ok("skip", "demo", "check");
    const report = sandbox.ok("next", "demo").stdout.replace(/\s+/g, " ");
    expect(report).toContain(`say: unverified: ${MISSING}`);
    expect(report).not.toContain("read: nodes/draft/report.md");
    expect(sandbox.ok("stats", "demo-flow").stdout).toContain("1 unverified");
    sandbox.ok("fork", "demo", "--from", "check", "--run-id", "again");
    expect(sandbox.ok("show", "again", "--text").stdout).toContain("completed, unverified");
    expect(sandbox.ok("verify").code).toBe(0);
    sandbox.ok("archive", "demo");
    expect(sandbox.ok("attention").stdout).not.toContain("demo");
  });

  it("is not said of work that left its files, nor of a new attempt", () => {
    const sandbox = useRun({ nodes: NODES });
    sandbox.ok("claim", "demo", "draft");
    sandbox.write("runs/demo/nodes/draft/report.md", "done\n");
    sandbox.ok("complete", "demo", "draft");
    expect(sandbox.state("demo").nodes[0]).not.toHaveProperty("missingArtifacts");
    expect(sandbox.ok("show", "demo", "--text").stdout).not.toContain("unverified");
    expect(sandbox.ok("attention").stdout).not.toContain("UNVERIFIED");
  });
});

describe("a child that nobody judges", () => {
  const WORKFLOW = `---
workflowId: flow
title: Child
nodes:
  - id: check
    title: Check
    kind: subagent
    outputs:
      mode: notify
      schema: { type: object, required: [points], properties: { points: { type: integer } } }
---
`;

  /** The result file of a child that has succeeded, and what the clock makes of it. */
  it.each([
    ["fits", '{"points":3}', { status: "completed", output: { points: 3 } }],
    ["is of another shape", '{"points":"many"}', { status: "failed", reason: "no_evidence" }],
    ["is no JSON", "points: 3", { status: "failed", reason: "no_evidence" }],
    ["is not there", undefined, { status: "failed", reason: "no_evidence" }],
  ])("goes through the same check of result.json as whoever completes it: it %s", (_name, text, expected) => {
    const sandbox = useSandbox();
    sandbox.scaffold("demo", sandbox.workflow("flow", WORKFLOW));
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("bind", "demo", "child-session", "--node-id", "check", "--value", "agent:main:subagent:1");
    if (text !== undefined) sandbox.write("runs/demo/nodes/check/result.json", text);
    const registry = openRegistry({ root: sandbox.root });
    const ended = { status: "succeeded" as const };
    const command = { type: "observe" as const, nodeId: "check", childSessionKey: "agent:main:subagent:1", ended };
    commitRun(registry, "demo", { command });
    const later = (): number => wallClock() + (AUTO_COMPLETE_WAIT_MS + 1000) * 1000;
    tickRun(openRegistry({ root: sandbox.root, now: later }), "demo");
    expect(sandbox.state("demo").nodes[0]).toMatchObject(expected);
  });
});

describe("where a run reports to", () => {
  it("can be bound again, with who did it, and taken back", () => {
    const context = '{"channel":"telegram","to":"telegram:1"}';
    const sandbox = useRun({ nodes: [{ id: "ok", kind: "approval" }] }, "--delivery-context-json", context);
    sandbox.ok("claim", "demo", "ok");
    const env = { CLAWTASK_SESSION_KEY: "agent:main:main" };
    const args = ["bind", "demo", "route", "--value", "discord:channel:5"];
    expect(sandbox.call({ args, env }).code).toBe(0);
    expect(sandbox.state("demo")).toMatchObject({
      deliveryContext: { channel: "discord", to: "channel:5" },
      boundRoute: { by: "agent:main:main", before: { channel: "telegram" } },
      nodes: [{ asked: { state: "pending", generation: 2, route: { channel: "discord", to: "channel:5" } } }],
    });
    expect(sandbox.ok("show", "demo", "--text").stdout).toContain("bound by agent:main:main");
    sandbox.ok("unbind", "demo", "route");
    expect(sandbox.state("demo").deliveryContext).toMatchObject({ channel: "telegram" });
    expect(sandbox.ok("verify").code).toBe(0);
    const child = sandbox.call({ args, env: { CLAWTASK_SESSION_KEY: "agent:main:subagent:1" } });
    expect(child.stderr).toContain("not_allowed");
    expect(sandbox.cli("bind", "demo", "route", "--value", "nowhere").code).toBe(2);
  });

  it("is the new route when a result is delivered again, of a run that had none too", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "a", to);
    sandbox.ok("tasks", "dismiss", "demo");
    expect(sandbox.cli("tasks", "retry", "demo").stdout).toContain("no channel to tell the outcome to");
    sandbox.ok("tasks", "retry", "demo", "--to", "telegram:4242");
    expect(sandbox.state("demo").delivery).toMatchObject({
      state: "pending",
      route: { channel: "telegram", to: "4242" },
      redirectedBy: "command line",
    });
    expect(sandbox.cli("tasks", "retry", "demo", "--to", "4242").code).toBe(2);
  });

  it("is another one for a fork that says so", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("fork", "demo", "--from", "a", "--run-id", "again", "--route", "telegram:4242", "--by", "ana");
    expect(sandbox.state("again")).toMatchObject({
      deliveryContext: { channel: "telegram", to: "4242" },
      boundRoute: { by: "ana", before: null },
    });
    expect(sandbox.ok("verify").code).toBe(0);
  });
});
