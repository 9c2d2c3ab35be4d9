import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";
import type { NodeSketch } from "../../support/workflow-text.ts";

const children = (...ids: string[]): NodeSketch[] => ids.map((id) => ({ id, kind: "subagent", mode: "report" }));

const claimOf = (sandbox: RegistrySandbox, id: string): number =>
  sandbox.state("demo").nodes.find((node) => node.id === id)?.claim?.token ?? 0;

const childOf = (sandbox: RegistrySandbox, id: string): string | null | undefined =>
  sandbox.state("demo").nodes.find((node) => node.id === id)?.childSessionKey;

/** The printed line of a command, run as it is with its words in angle brackets filled in. */
function runPrinted(sandbox: RegistrySandbox, printed: string, name: string, fill: (word: string) => string): string {
  const line = printed.split("\n").find((one) => one.startsWith(`  $ ${sandbox.self} ${name} `)) ?? "";
  expect(line, printed).not.toBe("");
  const words = [...line.slice(`  $ ${sandbox.self} `.length).matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)];
  return sandbox.ok(...words.map(([word]) => word.replaceAll(/["']/g, "").replace(/<.*>/, fill))).stdout;
}

describe("spawned", () => {
  it("records several children with one command and prints what can be done then", () => {
    const sandbox = useRun({ nodes: [...children("a", "b"), { id: "c" }] });
    const given = sandbox.ok("next", "demo", "--claim").stdout;
    let count = 0;
    const printed = runPrinted(sandbox, given, "spawned", () => `agent:main:subagent:${(count += 1)}`);
    expect(childOf(sandbox, "a")).toBe("agent:main:subagent:1");
    expect(childOf(sandbox, "b")).toBe("agent:main:subagent:2");
    expect(printed).toContain("recorded the child of a, b\n");
    expect(printed).toContain(`UNDER WAY  a=${claimOf(sandbox, "a")}, b=${claimOf(sandbox, "b")}: no files yet.`);
    expect(printed).toContain(`CLAIMED  c=${claimOf(sandbox, "c")} (session_turn)`);
  });

  it("records all of them or none", () => {
    const sandbox = useRun({ nodes: children("a", "b") });
    sandbox.ok("next", "demo", "--claim");
    const refused = sandbox.cli("spawned", "demo", "a=child-1", "ghost=child-2");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("node not found: ghost");
    expect(childOf(sandbox, "a")).toBeNull();
  });

  it.each([
    ["the same call again", []],
    ["the same call again with a key", ["--key", "k"]],
  ])("%s changes nothing", (_name, more) => {
    const sandbox = useRun({ nodes: children("a", "b") });
    sandbox.ok("next", "demo", "--claim");
    const call = ["spawned", "demo", "a=one=1", "b=two", ...more];
    sandbox.ok(...call);
    const events = sandbox.events("demo").length;
    sandbox.ok(...call);
    expect(sandbox.events("demo")).toHaveLength(events);
    expect(childOf(sandbox, "a")).toBe("one=1");
  });

  it("says what it did in JSON", () => {
    const sandbox = useRun({ nodes: children("a") });
    sandbox.ok("next", "demo", "--claim");
    expect(sandbox.ok("spawned", "demo", "a=one", "--next", "--json").json).toMatchObject({
      ok: true,
      bound: ["a"],
      next: { runId: "demo", steps: [{ nodeId: "a", child: { sessionKey: "one" } }] },
    });
  });

  it.each([[["a"]], [["=key"]], [["a="]], [["a=1", "a=2"]], [[]]])("refuses %j as no children", (words) => {
    const sandbox = useRun({ nodes: children("a") });
    expect(sandbox.cli("spawned", "demo", ...words).code).toBe(2);
    expect(childOf(sandbox, "a")).toBeNull();
  });
});

describe.each([
  ["complete", "completed"],
  ["fail", "failed"],
] as const)("%s with several nodes", (command, status) => {
  const useClaimed = (): RegistrySandbox => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }, { id: "c", needs: ["a", "b"] }] });
    sandbox.ok("next", "demo", "--claim");
    return sandbox;
  };
  const words = (sandbox: RegistrySandbox): string[] => ["a", "b"].map((id) => `${id}=${claimOf(sandbox, id)}`);

  it("ends each of them and prints what can be done then", () => {
    const sandbox = useClaimed();
    const printed = sandbox.ok(command, "demo", ...words(sandbox), "--next", "--message", "same").stdout;
    expect(["a", "b"].map((id) => sandbox.getStatus("demo", id))).toEqual([status, status]);
    expect(printed).toContain(`a is ${status}`);
    expect(printed).toContain(command === "complete" ? "DO  c" : "FAILED  b");
  });

  it("judges each on its own", () => {
    const sandbox = useClaimed();
    const result = sandbox.cli(command, "demo", "a=1", ...words(sandbox).slice(1), "--json");
    expect(result.code).toBe(1);
    expect(result.json).toMatchObject({
      ok: false,
      nodes: [
        { ok: false, nodeId: "a", error: { code: "stale_token" } },
        { ok: true, nodeId: "b", status },
      ],
    });
    expect(["a", "b"].map((id) => sandbox.getStatus("demo", id))).toEqual(["running", status]);
    expect(sandbox.cli(command, "demo", "a=1", "ghost").stdout).toMatch(/^a REFUSED: .*\n {2}code: stale_token\n/);
  });

  it("is done once with a key", () => {
    const sandbox = useClaimed();
    const call = [command, "demo", ...words(sandbox), "--key", "k", "--json"];
    const first = sandbox.ok(...call).json;
    const events = sandbox.events("demo").length;
    expect(sandbox.ok(...call).json).toEqual(first);
    expect(sandbox.events("demo")).toHaveLength(events);
  });

  it("takes a message for each, in their order", () => {
    const sandbox = useClaimed();
    sandbox.ok(command, "demo", ...words(sandbox), "--message", "one", "--message", "two");
    expect(sandbox.state("demo").nodes.map(({ lastMessage }) => lastMessage)).toEqual(["one", "two", undefined]);
  });

  it.each([
    ["--claim", "7"],
    ["--message", "1", "--message", "2", "--message", "3"],
  ])("refuses %j %j, which belongs to one node", (...more) => {
    const sandbox = useClaimed();
    expect(sandbox.cli(command, "demo", "a", "b", ...more).code).toBe(2);
    expect(sandbox.getStatus("demo", "a")).toBe("running");
  });

  it("takes the number of one node in either form", () => {
    const sandbox = useClaimed();
    sandbox.ok(command, "demo", words(sandbox)[0] ?? "");
    sandbox.ok(command, "demo", "b", "--claim", String(claimOf(sandbox, "b")));
    expect(["a", "b"].map((id) => sandbox.getStatus("demo", id))).toEqual([status, status]);
  });
});

describe("scaffold --next", () => {
  it("takes and prints what can be done first", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const more = ["--workflow-path", "workflows/demo-flow.task.md", "--source-session-key", "k"];
    const { stdout } = sandbox.ok("scaffold", "--run-id", "two", ...more, "--next", "--text");
    expect(stdout).toContain("DO  a (session_turn)");
    expect(sandbox.getStatus("two", "a")).toBe("running");
    expect(sandbox.ok("scaffold", "--run-id", "three", ...more, "--next").json).toMatchObject({
      runId: "three",
      next: { steps: [{ action: "do", nodeId: "a" }] },
    });
  });
});

describe("at most five pieces of work", () => {
  const IDS = Array.from({ length: 30 }, (_, index) => `part-${index}`);

  it.each(["subagent", "session_turn"] as const)("are given out at once: %s", (kind) => {
    const sandbox = useRun({ nodes: IDS.map((id) => ({ id, kind, prompt: "Look at it. ".repeat(20) })) });
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(sandbox.state("demo").nodes.filter(({ status }) => status === "running")).toHaveLength(5);
    expect(stdout).toContain("25 more are ready and follow when something has ended (--all: now).");
    expect(stdout.length).toBeLessThan(4_000);
    sandbox.ok("complete", "demo", `part-0=${claimOf(sandbox, "part-0")}`, "--next");
    expect(sandbox.getStatus("demo", "part-5")).toBe("running");
    expect(sandbox.getStatus("demo", "part-6")).toBe("ready");
  });

  it.each([
    [["--limit", "2"], 7],
    [["--all"], 30],
    [[], 5],
  ])("unless it is asked for: %j", (more, expected) => {
    const sandbox = useRun({ nodes: IDS.map((id) => ({ id })) });
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("next", "demo", "--claim", ...more);
    expect(sandbox.state("demo").nodes.filter(({ status }) => status === "running")).toHaveLength(expected);
  });

  it.each([
    [["--limit", "2"], 2],
    [["--all"], 30],
    [[], 5],
  ])("are shown without a claim: %j", (more, expected) => {
    const sandbox = useRun({ nodes: IDS.map((id) => ({ id })) });
    const { steps, moreReady = [] } = sandbox.ok("next", "demo", "--json", ...more).json as {
      steps: object[];
      moreReady?: string[];
    };
    expect(steps).toHaveLength(expected);
    expect(moreReady).toHaveLength(30 - expected);
  });

  it("count no question and no wait", () => {
    const approvals = IDS.slice(0, 8).map((id) => ({ id, kind: "approval" as const }));
    const sandbox = useRun({ nodes: [...approvals, { id: "a" }] });
    sandbox.ok("next", "demo", "--claim");
    expect(new Set(sandbox.state("demo").nodes.map(({ status }) => status))).toEqual(new Set(["waiting", "running"]));
  });
});

describe("a wake with nothing to do", () => {
  const withChildren = (count: number): RegistrySandbox => {
    const ids = Array.from({ length: count }, (_, index) => `part-${index}`);
    const sandbox = useRun({ nodes: [...children(...ids), { id: "end", needs: ids }] });
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("spawned", "demo", ...ids.map((id) => `${id}=agent:main:subagent:2b1e4c1a-8a5d-4e0e-9f6e-${id}`));
    return sandbox;
  };
  const withQuestion = (): RegistrySandbox => {
    const sandbox = useRun({ nodes: [{ id: "ok", kind: "approval" }] });
    sandbox.ok("next", "demo", "--claim");
    return sandbox;
  };
  const withWait = (): RegistrySandbox => {
    const sandbox = useRun({ nodes: [{ id: "w", kind: "wait", waitFor: { type: "event", event: "deployed" } }] });
    sandbox.ok("next", "demo", "--claim");
    return sandbox;
  };

  it.each([
    ["one child", () => withChildren(1)],
    ["three children", () => withChildren(3)],
    ["five children", () => withChildren(5)],
    ["a question", withQuestion],
    ["a wait for an event", withWait],
  ])("prints less than 300 characters: %s", (_name, make) => {
    const sandbox = make();
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(stdout.length, stdout).toBeLessThan(300);
  });
});

describe("children that have written their files", () => {
  it("are one list with one command", () => {
    const sandbox = useRun({ nodes: children("a", "b", "c") });
    sandbox.ok("next", "demo", "--claim");
    sandbox.ok("spawned", "demo", "a=1", "b=2", "c=3");
    for (const id of ["a", "c"]) sandbox.write(`runs/demo/nodes/${id}/report.md`, "Found.\n");
    const { stdout } = sandbox.ok("next", "demo", "--claim");
    expect(stdout).toContain(`UNDER WAY  b=${claimOf(sandbox, "b")}: no files yet.`);
    runPrinted(sandbox, stdout, "complete", () => "fine");
    expect(["a", "b", "c"].map((id) => sandbox.getStatus("demo", id))).toEqual(["completed", "running", "completed"]);
  });
});
