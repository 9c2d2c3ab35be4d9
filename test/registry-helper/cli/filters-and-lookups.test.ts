import { describe, expect, it } from "vitest";
import { DAY, HOUR, LedgerFixture, MINUTE } from "../../support/ledger-fixture.ts";
import { useRun, useSandbox, type RegistrySandbox } from "../../support/registry-sandbox.ts";

const PERSON = "agent:main:telegram:direct:42";

interface Listed {
  tasks: { label: string }[];
}

function labels(sandbox: RegistrySandbox, ...args: string[]): string[] {
  return (sandbox.ok("tasks", "list", "--json", ...args).json as Listed).tasks.map(({ label }) => label).sort();
}

function useLedger(ledger = new LedgerFixture(useSandbox())): LedgerFixture {
  const task = (label: string, facts: object, more: object = {}, agoMs = 0): string =>
    ledger.task({ facts: { runtime: "subagent", label, requesterSessionKey: PERSON, ...facts }, ...more }, agoMs);
  task("stalled", { childSessionKey: "agent:main:subagent:7" }, { started: true }, 60 * MINUTE);
  task("runs", { childSessionKey: "agent:ops:subagent:1" }, { started: true });
  task("done", { childSessionKey: "agent:ops:subagent:2" }, { started: true, ending: { status: "succeeded" } }, MINUTE);
  task("other done", { childSessionKey: "agent:main:subagent:3" }, { started: true, ending: { status: "succeeded" } });
  const asks = task("asks", { childSessionKey: "agent:main:subagent:4" }, { started: true });
  ledger.sandbox.ok("tasks", "report", asks, "--phase", "waiting_approval");
  const login = task("needs a login", { childSessionKey: "agent:main:subagent:5" }, { started: true });
  ledger.sandbox.ok("tasks", "report", login, "--block", "auth");
  const service = task("waits", { childSessionKey: "agent:main:subagent:6" }, { started: true });
  ledger.sandbox.ok("tasks", "report", service, "--block", "external_api");
  ledger.undelivered("undelivered", MINUTE);
  return ledger;
}

/** Besides what stands still: waits that are too long, old failures, and cron jobs that failed again or went well. */
function useTasksOfEveryKind(): LedgerFixture {
  const ledger = new LedgerFixture(useSandbox());
  const task = (label: string, agoMs: number, more: object = {}, facts: object = {}): string =>
    ledger.task({ facts: { runtime: "subagent", label, requesterSessionKey: PERSON, ...facts }, ...more }, agoMs);
  const failed = { ending: { status: "failed", error: "no disk" } };
  const cron = (sourceId: string): object => ({ runtime: "cron", sourceId });
  const nobody = { runtime: "acp", requesterSessionKey: undefined };
  const route = { channel: "telegram", to: "42" };
  task("old, failed long ago", 12 * DAY, { started: true, ...failed }, cron("other"));
  const slow = task("old, failed lately", 10 * DAY, { started: true }, cron("slow"));
  ledger.signal(slow, failed as object, DAY);
  task("old, on its way", 9 * DAY, { started: true, ending: { status: "succeeded", result: "x" } }, { route });
  task("long for a service", 3 * DAY, { started: true, step: { blockReason: "external_api" } });
  task("long for others", 3 * DAY, { started: true, step: { blockReason: "subagent" } });
  task("lost some time ago", 3 * DAY, { ending: { status: "lost", error: "gone" } }, nobody);
  task("failed once", 4 * HOUR, failed, cron("job"));
  task("failed, well since", 3 * HOUR, failed, cron("fine"));
  task("failed again", 2 * HOUR, failed, cron("job"));
  task("well", 2 * HOUR, { ending: { status: "succeeded" } }, cron("fine"));
  task("lost lately", 2 * HOUR, { ending: { status: "lost", error: "gone" } }, nobody);
  return useLedger(ledger);
}

describe("tasks list", () => {
  it.each([
    [
      ["--status", "blocked"],
      ["asks", "needs a login", "stalled", "waits"],
    ],
    [["--block", "auth"], ["needs a login"]],
    [["--block", "approval"], ["asks"]],
    [["--block", "suspected_stall"], ["stalled"]],
    [["--delivery", "failed"], ["undelivered"]],
    [
      ["--agent", "ops"],
      ["done", "runs"],
    ],
    [["--agent", "op"], []],
    [["--label", "undeliv"], ["undelivered"]],
    [["--label", "done"], ["done"]],
    [["--needs"], ["asks", "needs a login", "stalled", "undelivered"]],
    [["--needs", "--search", "login"], ["needs a login"]],
    [["--agent", "ops", "--status", "running"], ["runs"]],
    [["--status", "blocked", "--delivery", "failed"], []],
  ])("%j finds %j", (args, expected) => {
    expect(labels(useLedger().sandbox, ...args)).toEqual(expected);
  });

  it("--needs finds what the attention list has, however old it is", () => {
    const { sandbox } = useTasksOfEveryKind();
    const { items } = sandbox.ok("attention", "--json", "--limit", "100").json as {
      items: { kind: string; title: string }[];
    };
    expect(items.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["stale_blocked", "stale_waiting", "failed_silently", "lost", "delivery_overdue"]),
    );
    const titles = items.map(({ title }) => title).sort();
    expect(labels(sandbox, "--needs", "--limit", "100")).toEqual(titles);
    expect(labels(sandbox, "--needs", "--search", "old").every((label) => titles.includes(label))).toBe(true);
    for (const label of titles) expect(labels(sandbox, "--needs", "--label", label)).toContain(label);
  });

  it("counts what matches, not what was looked at", () => {
    const ledger = new LedgerFixture(useSandbox());
    ledger.task(
      { facts: { runtime: "subagent", label: "old", childSessionKey: "agent:ops:x" }, started: true },
      MINUTE,
    );
    for (let n = 0; n < 60; n += 1)
      ledger.task({
        facts: { runtime: "subagent", label: `n${n}`, childSessionKey: `agent:main:${n}` },
        started: true,
      });
    expect(labels(ledger.sandbox, "--agent", "ops", "--limit", "1")).toEqual(["old"]);
  });

  it.each(["--status", "--block", "--delivery"])("%s refuses a word that it does not know", (option) => {
    expect(useSandbox().cli("tasks", "list", option, "x")).toMatchObject({ code: 2 });
  });
});

describe("tasks show", () => {
  it("takes a session that asked for tasks: the one that goes on, and names the others", () => {
    const { sandbox } = useLedger();
    const { task, others } = sandbox.ok("tasks", "show", PERSON, "--json").json as {
      task: { status: string };
      others: object[];
    };
    expect(task.status).toBe("running");
    expect(others).toHaveLength(6);
    expect(sandbox.ok("tasks", "show", PERSON).stdout).toMatch(/^also {6}t-\S+ \(succeeded\) done/m);
  });

  it.each(["cancel", "notify"])("%s does not: what is changed has to be named", (verb) => {
    const result = useLedger().sandbox.cli("tasks", verb, PERSON, ...(verb === "notify" ? ["silent"] : []));
    expect(result).toMatchObject({ code: 1 });
    expect(result.stderr).toContain("task_not_found");
  });
});

describe("flows show", () => {
  it("takes the last of several flows of a session, and names the others", () => {
    const sandbox = useSandbox();
    for (const title of ["one", "two"]) sandbox.ok("flows", "create", "--title", title, "--owner", PERSON);
    expect(sandbox.ok("flows", "show", PERSON, "--json").json).toMatchObject({
      flow: { title: "two" },
      others: [{ title: "one" }],
    });
  });

  it("takes the child of a run for the run's flow", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent" }] });
    sandbox.ok("claim", "demo", "a");
    sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", "agent:main:subagent:9");
    expect(sandbox.ok("flows", "show", "agent:main:subagent:9", "--json").json).toMatchObject({
      flow: { flowId: "run:demo" },
    });
  });
});

describe("list and attention", () => {
  it.each(["list", "attention"])("%s --session shows the runs of that session alone", (command) => {
    const sandbox = useSandbox();
    const workflow = sandbox.workflow("w", { nodes: [{ id: "gate", kind: "approval" }] });
    for (const id of ["mine", "other"]) {
      const session = id === "mine" ? PERSON : `${PERSON}0`;
      sandbox.ok("scaffold", "--workflow-path", workflow, "--run-id", id, "--source-session-key", session);
      sandbox.ok("next", id, "--claim");
    }
    const { stdout } = sandbox.ok(command, "--session", PERSON);
    expect(stdout).toContain(command === "list" ? "mine" : "next mine");
    expect(stdout).not.toContain("other");
    expect(sandbox.ok(command).stdout).toContain("other");
  });
});

describe("groups without a verb", () => {
  it.each(["tasks", "flows", "workflow"])("%s is its list", (group) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    for (const more of [[], ["--json"]])
      expect(sandbox.ok(group, ...more).stdout).toBe(sandbox.ok(group, "list", ...more).stdout);
    expect(sandbox.ok(group, "--help").stdout).toContain(`${group} list`);
  });
});

describe("OpenTask's operator commands", () => {
  const session = ["--source-session-key", "agent:main:main"];

  it("run create makes a run", () => {
    const sandbox = useSandbox();
    const workflow = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const { runId } = sandbox.ok("run", "create", "--workflow-path", workflow, ...session).json as { runId: string };
    expect(runId).toMatch(/^w-[a-z0-9]{8}$/);
    expect(sandbox.ok("run", "create", `--workflow-path=${workflow}`, "--run-id", "r", ...session).code).toBe(0);
    expect(sandbox.state("r").status).toBe("running");
  });

  it("control does what our command does", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }, { id: "gate", kind: "approval" }] });
    sandbox.ok("control", "pause", "demo");
    expect(sandbox.state("demo").status).toBe("paused");
    sandbox.ok("control", "resume", "demo");
    sandbox.ok("control", "skip", "demo", "--node-id", "a", "--message", "- not needed");
    expect(sandbox.getStatus("demo", "a")).toBe("skipped");
    sandbox.ok("control", "retry", "demo", "--node-id", "a");
    expect(sandbox.getStatus("demo", "a")).toBe("ready");
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("control", "approve", "demo", "--node-id", "gate");
    expect(sandbox.getStatus("demo", "gate")).toBe("completed");
  });

  it("run bind changes where a run reports to", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("run", "bind", "demo", "--delivery-context-json", '{"channel": "telegram", "to": "42"}');
    expect(sandbox.state("demo").deliveryContext).toMatchObject({ channel: "telegram", to: "42" });
  });

  it.each<[string, object, string | undefined]>([
    ["takes the first of several choices", { choices: ["ship", "draft", "stop"] }, "ship"],
    ["takes the yes where there are no choices", {}, "approve"],
    ["does not where data is asked for", { choices: ["ship", "draft", "stop"], schema: { type: "object" } }, undefined],
  ])("control approve %s", (_what, approval, choice) => {
    const sandbox = useSandbox();
    const node = `  - {id: gate, title: Gate, kind: approval, outputs: {mode: notify}, approval: ${JSON.stringify(approval)}}`;
    const path = sandbox.workflow("w", `---\nworkflowId: w\ntitle: W\nnodes:\n${node}\n---\n`);
    sandbox.ok("scaffold", "--workflow-path", path, "--run-id", "demo", ...session);
    sandbox.ok("next", "demo", "--claim");
    const result = sandbox.cli("control", "approve", "demo", "--node-id", "gate");
    expect(result.code).toBe(choice === undefined ? 1 : 0);
    expect(sandbox.state("demo").nodes[0]?.answer?.choice).toBe(choice);
  });

  it("event append and node result record what our commands record", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }] });
    sandbox.ok("event", "append", "demo", "run.progress", "--message", "half way");
    expect(sandbox.state("demo").lastProgressMessage).toBe("half way");
    sandbox.ok("event", "append", "demo", "ci.green", "--payload-json", '{"n": 1}');
    expect(sandbox.state("demo").received).toEqual({ "ci.green": { n: 1 } });
    sandbox.ok("claim", "demo", "a", "b");
    sandbox.ok("node", "result", "demo", "a", "completed", "--summary", "found it", "--payload-json", '{"n": 2}');
    sandbox.ok("node", "result", "demo", "b", "failed", "--summary", "no");
    expect(sandbox.state("demo").nodes).toMatchObject([
      { status: "completed", lastMessage: "found it", output: { n: 2 } },
      { status: "failed", lastMessage: "no" },
    ]);
  });

  it.each([
    [["run", "bind", "demo"], "--delivery-context-json"],
    [["run", "bind", "demo", "--source-session-key", "x"], "is given when the run is made"],
    [["run", "bind", "demo", "--delivery-context-json", '{"channel": "telegram"}'], "--delivery-context-json"],
    [["control", "dance", "demo"], "argument action: invalid choice"],
    [["control", "skip", "demo"], "--node-id"],
    [["run", "dance"], "unknown command: run"],
    [["node", "result", "demo"], "node_id, status"],
    [["event", "drop", "demo"], "unknown command: event"],
  ])("%j is refused with a reason", (args, reason) => {
    const result = useRun({ nodes: [{ id: "a" }] }).cli(...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(reason);
  });
});

describe("events", () => {
  it("say who did it and what was said, as it was written", () => {
    const sandbox = useRun({ nodes: [{ id: "gate", kind: "approval" }] });
    sandbox.ok("next", "demo", "--claim");
    const words = `${"yes, but shorter ".repeat(8)}\n  | a | b |`;
    sandbox.ok("approve", "demo", "gate", "--by", "tess", "--message", words);
    const { stdout } = sandbox.ok("events", "demo");
    expect(stdout).toMatch(/^SEQ +TIME \(UTC\) +EVENT +BY +WHAT$/m);
    expect(stdout).toMatch(/control\.recorded +tess +approve gate/);
    for (const line of words.split("\n")) expect(stdout).toContain(line.trimEnd());
  });
});
