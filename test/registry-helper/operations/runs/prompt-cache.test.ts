import { existsSync, rmSync, statSync, utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useSandbox, type RegistrySandbox } from "../../../support/registry-sandbox.ts";

const WORKFLOW = `---
workflowId: w
title: W
params:
  topic: { type: string, default: whales }
nodes:
  - { id: dig, title: Dig, kind: subagent, needs: [], outputs: { mode: report }, prompt: "Dig for {{topic}}." }
---
`;

function run(): RegistrySandbox {
  const sandbox = useSandbox();
  sandbox.scaffold("demo", sandbox.workflow("w", WORKFLOW), "--set", "topic=squid");
  return sandbox;
}
const getBrief = (sandbox: RegistrySandbox): string => sandbox.ok("brief", "demo", "dig").stdout;

describe("prompts.json", () => {
  it("provides the prompts of a run without reading its workflow", () => {
    const sandbox = run();
    const lock = "runs/demo/workflow.lock.md";
    const { mtimeMs } = statSync(sandbox.path(lock));
    sandbox.write(lock, "x".repeat(sandbox.bytes(lock).length));
    // Half a millisecond more, since a date has no finer time.
    utimesSync(sandbox.path(lock), Math.floor(mtimeMs) / 1000 + 0.0005, Math.floor(mtimeMs) / 1000 + 0.0005);
    expect(getBrief(sandbox)).toContain("Dig for squid.");
  });

  it("is ignored when the workflow's copy has changed", () => {
    const sandbox = run();
    sandbox.write("runs/demo/workflow.lock.md", WORKFLOW.replace("Dig for", "Look out for"));
    expect(getBrief(sandbox)).toContain("Look out for squid.");
  });

  it("may be missing or damaged", () => {
    const sandbox = run();
    sandbox.write("runs/demo/prompts.json", "{");
    expect(getBrief(sandbox)).toContain("Dig for squid.");
    rmSync(sandbox.run("demo", "prompts.json"));
    expect(getBrief(sandbox)).toContain("Dig for squid.");
    expect(sandbox.ok("verify").code).toBe(0);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true, issues: [] });
    expect(existsSync(sandbox.run("demo", "prompts.json"))).toBe(false);
  });
});
