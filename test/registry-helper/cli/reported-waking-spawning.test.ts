import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

const ROUTE = ["--delivery-context-json", '{"channel":"telegram","to":"telegram:1"}'];

/** A run with one node that has ended in that way. */
function useEnded(end: "completed" | "failed" | "cancelled", ...more: string[]): RegistrySandbox {
  const sandbox = useRun({ nodes: [{ id: "a" }] }, ...more);
  sandbox.ok("next", "demo", "--claim");
  if (end === "cancelled") sandbox.ok("cancel", "demo");
  else sandbox.ok(end === "completed" ? "complete" : "fail", "demo", "a");
  return sandbox;
}

/** A gateway plugin is at work on the registry. */
function watch(sandbox: RegistrySandbox): void {
  sandbox.write(".gateway.json", JSON.stringify({ pid: 7, writtenAt: new Date().toISOString() }));
}

const deliveryOf = (sandbox: RegistrySandbox): string | undefined =>
  (sandbox.state("demo") as { delivery?: { state: string } }).delivery?.state;

describe("reported", () => {
  it.each(
    (["completed", "failed", "cancelled"] as const).flatMap((end) =>
      [[], ROUTE].map((route) => ({ end, route, name: route.length === 0 ? "no route" : "a route" })),
    ),
  )("every surface agrees that the end of a run was told: $end, $name", ({ end, route }) => {
    const sandbox = useEnded(end, ...route);
    const before = sandbox.ok("next", "demo").stdout;
    expect(before).toContain("REPORT");
    expect(before).toContain(`  $ ${sandbox.self} reported demo`);
    sandbox.ok("reported", "demo", "--by", "ana", "--message", "by phone");
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(stdout).toContain("DONE\n");
    expect(stdout).not.toContain("REPORT");
    expect(sandbox.ok("show", "demo").stdout).toContain("reported by ana at");
    expect(sandbox.ok("attention").stdout).not.toContain("demo");
    if (route.length > 0 && end !== "cancelled") expect(deliveryOf(sandbox)).toBe("reported");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
  });

  it("leaves a delivery that the plugin watches as it is", () => {
    const sandbox = useEnded("completed", ...ROUTE);
    watch(sandbox);
    expect(sandbox.ok("next", "demo").stdout).not.toContain("reported demo");
    const { json } = sandbox.ok("reported", "demo", "--json");
    expect(json).toMatchObject({ delivery: "pending", reported: { by: "command line" } });
    expect(deliveryOf(sandbox)).toBe("pending");
  });

  it("is refused while a run has no outcome", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(sandbox.cli("reported", "demo").stderr).toContain("code: run_not_over");
  });

  it("is asked for again when the run ended another time", () => {
    const sandbox = useEnded("failed", ...ROUTE);
    sandbox.ok("reported", "demo");
    sandbox.ok("retry", "demo", "a", "--next");
    sandbox.ok("complete", "demo", "a");
    expect(sandbox.ok("next", "demo").stdout).toContain("REPORT");
    expect(deliveryOf(sandbox)).toBe("pending");
  });

  it("is recorded once", () => {
    const sandbox = useEnded("completed", ...ROUTE);
    sandbox.ok("reported", "demo");
    const events = sandbox.events("demo").length;
    sandbox.ok("reported", "demo", "--message", "again");
    expect(sandbox.events("demo")).toHaveLength(events);
  });
});

interface WakeCall {
  action: string;
  job: { schedule: object; payload: { kind: string; message: string }; sessionTarget: string; declarationKey: string };
}

describe("waking", () => {
  const callOf = (sandbox: RegistrySandbox): WakeCall =>
    (sandbox.ok("waking", "demo", "--json").json as { call: WakeCall }).call;

  it("prints a call whose message is all that a fresh turn needs", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "approval" }] });
    const { action, job } = callOf(sandbox);
    expect(action).toBe("add");
    expect(job).toMatchObject({
      schedule: { kind: "every", everyMs: 300_000 },
      sessionTarget: "current",
      payload: { kind: "agentTurn" },
    });
    const command = /: (node \S+clawtask\.cjs .*? --claim) \./.exec(job.payload.message)?.[1] ?? "";
    expect(command).toBe(`${sandbox.self} next demo --claim`);
    const { stdout } = sandbox.ok("waking", "demo");
    expect(stdout).toContain(`  call automations ${JSON.stringify({ action, job })}\n`);
  });

  it("names the registry also where the command line did not", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const env = { CLAWTASK_REGISTRY_ROOT: sandbox.root };
    const { json } = sandbox.call({ args: ["waking", "demo", "--json"], env, rooted: false });
    expect((json as { call: WakeCall }).call.job.payload.message).toContain(
      `--registry-root ${sandbox.root} next demo`,
    );
  });

  it("says that the job exists once it is recorded, and to remove it at the end", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "approval" }] });
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("waking", "demo", "--cron", "job-1");
    expect(sandbox.ok("waking", "demo").stdout).toBe("the cron job job-1 wakes this run; make no other one\n");
    sandbox.ok("cancel", "demo");
    expect(sandbox.ok("waking", "demo").stdout).toContain("remove the cron job job-1");
    expect(sandbox.ok("next", "demo").stdout).toContain("unbind demo cron");
  });

  it("asks for no job where a plugin is at work", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    watch(sandbox);
    expect(sandbox.ok("waking", "demo", "--json").json).toMatchObject({ by: "plugin" });
  });

  it("stands below the first steps of a run", () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const { stdout } = sandbox.scaffold("r", path, "--next", "--text");
    expect(stdout).toMatch(/DO {2}a[^]*call automations \{"action":"add"/);
  });
});

describe("the arguments of sessions_spawn", () => {
  const spawnOf = (yaml: string, ...params: string[]): unknown => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", `---\nworkflowId: w\ntitle: W\n${yaml}---\n`);
    const { stderr } = sandbox.scaffold("r", path, ...params);
    expect(stderr).toBe("");
    const { stdout } = sandbox.ok("next", "r", "--claim");
    return JSON.parse(/call sessions_spawn (\{.*\})/.exec(stdout)?.[1] ?? "null");
  };
  const node = (more = ""): string =>
    `nodes:\n  - id: a\n    title: A\n    kind: subagent\n    outputs: { mode: notify }\n${more}`;

  it.each([
    ["nothing", node(), {}],
    [
      "defaults",
      `defaults: { agentId: ops, model: m/1, thinking: low, runTimeoutSeconds: 60 }\n${node()}`,
      { agentId: "ops", model: "m/1", thinking: "low", runTimeoutSeconds: 60 },
    ],
    [
      "the node over its metadata over defaults",
      `defaults: { agentId: ops, model: m/1, thinking: low }\n${node("    metadata: { model: m/2, thinking: high, team: x }\n    model: m/3\n    cwd: /srv/w\n")}`,
      { agentId: "ops", model: "m/3", thinking: "high", cwd: "/srv/w" },
    ],
    ["a session key", node("    sessionKey: agent:lab:main\n"), { agentId: "lab" }],
    ["a session key without an agent", node("    sessionKey: main\n"), {}],
    ["values of other types", `defaults: { model: [1], thinking: 7, runTimeoutSeconds: soon }\n${node()}`, {}],
  ])("carry what the workflow says: %s", (_name, yaml, expected) => {
    const spawn = spawnOf(yaml) as Record<string, unknown>;
    expect(spawn).toEqual({ task: expect.stringContaining("handoff.md") as string, label: "r/a", ...expected });
  });

  it("have the parameters of the run filled in", () => {
    const params = "params:\n  m: { type: string }\n";
    expect(spawnOf(`${params}${node('    model: "{{m}}"\n')}`, "--set", "m=x/y")).toMatchObject({ model: "x/y" });
  });
});
