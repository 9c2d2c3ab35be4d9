import { describe, expect, it } from "vitest";
import { useRun } from "../../../support/registry-sandbox.ts";

const CHILD = "agent:main:subagent:5f1c";
const GATED = {
  nodes: [
    { id: "ok", kind: "approval" },
    { id: "pub", needs: ["ok"] },
  ],
} as const;

/** Every command that changes a run, and one that an agent may give at its beginning. */
const COMMANDS: readonly (readonly string[])[] = [
  ["progress", "demo", "half way"],
  ["claim", "demo", "a"],
  ["next", "demo", "--claim"],
  ["bind", "demo", "cron", "--value", "job-1"],
  ["transition-node", "demo", "a", "running"],
  ["note", "demo", "look at this"],
  ["pause", "demo"],
  ["cancel", "demo"],
  ["skip", "demo", "a"],
  ["emit", "demo", "signal"],
  ["archive", "demo"],
];

describe("every event of a command", () => {
  it.each(COMMANDS.map((command) => [command.join(" "), command] as const))(
    "says by which surface and session it came, whatever name was claimed: %s",
    (_name, args) => {
      const sandbox = useRun({ nodes: [{ id: "a" }] });
      const before = sandbox.events("demo").length;
      const env = { CLAWTASK_SESSION_KEY: "agent:main:main" };
      const { code, stderr } = sandbox.call({ args, env });
      if (args[0] === "archive") return;
      expect(code, stderr).toBe(0);
      const events = sandbox.events("demo").slice(before);
      expect(events.length).toBeGreaterThan(0);
      for (const event of events) expect(event).toMatchObject({ via: "cli", session: "agent:main:main" });
    },
  );

  it("says so beside another name, and without a session where there is none", () => {
    const sandbox = useRun(GATED);
    sandbox.ok("approve", "demo", "ok", "--by", "telegram:4242", "--message", "yes");
    const answer = sandbox.events("demo").find((event) => event.answer !== undefined);
    expect(answer).toMatchObject({ via: "cli", answer: { by: "telegram:4242" } });
    expect(answer).not.toHaveProperty("session");
  });

  it("says of a line of control.jsonl that it came from the file", () => {
    const sandbox = useRun(GATED);
    sandbox.append("runs/demo/control.jsonl", '{"id":"z","action":"note","message":"hi","actor":"dashboard"}\n');
    sandbox.call({ args: ["tick", "demo"], env: { CLAWTASK_SESSION_KEY: "agent:main:main" } });
    const noted = sandbox.events("demo").find(({ event }) => event === "run.noted");
    expect(noted).toMatchObject({ by: "dashboard", via: "file" });
    expect(noted).not.toHaveProperty("session");
  });
});

describe("a child", () => {
  const asChild = { CLAWTASK_SESSION_KEY: CHILD };

  it.each([
    ["approve", "demo", "ok", "--by", "telegram:4242"],
    ["reject", "demo", "ok", "--by", "ana"],
    ["skip", "demo", "ok", "--by", "gateway api"],
    ["rewire-node", "demo", "pub", "--needs", "", "--by", "ana"],
  ])("cannot answer or go around a question, and its attempt is in the journal: %s", (...args) => {
    const sandbox = useRun(GATED);
    const { code, stderr } = sandbox.call({ args, env: asChild });
    expect([code, stderr]).toEqual([1, expect.stringContaining("not_allowed")]);
    expect(sandbox.getStatus("demo", "pub")).toBe("pending");
    expect(sandbox.events("demo").slice(-2)).toMatchObject([
      { event: "control.recorded", session: CHILD, via: "cli" },
      { event: "control.rejected", session: CHILD, code: "not_allowed" },
    ]);
    // The person can still answer.
    sandbox.ok("approve", "demo", "ok");
    expect(sandbox.getStatus("demo", "pub")).toBe("ready");
  });

  it("cannot end a question as if it were work, nor put a line of a file into force", () => {
    const sandbox = useRun(GATED);
    for (const to of ["waiting", "completed", "skipped"])
      expect(sandbox.call({ args: ["transition-node", "demo", "ok", to], env: asChild }).stderr).toContain(
        "not_allowed",
      );
    sandbox.append("runs/demo/control.jsonl", '{"id":"z","action":"approve","nodeId":"ok","actor":"dashboard"}\n');
    sandbox.call({ args: ["tick", "demo"], env: asChild });
    expect(sandbox.getStatus("demo", "pub")).toBe("pending");
  });

  it("that ends the work of another is named in the journal", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("claim", "demo", "a");
    sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", "agent:main:subagent:other");
    sandbox.write("runs/demo/nodes/a/report.md", "forged\n");
    const { stderr } = sandbox.call({ args: ["complete", "demo", "a"], env: asChild });
    expect(stderr).toContain("a is the work of agent:main:subagent:other");
    expect(sandbox.events("demo").find(({ event }) => event === "node.completed")).toMatchObject({ session: CHILD });
  });
});

describe("what was approved and changed afterwards", () => {
  it("is told to whoever goes on behind the answer", () => {
    const sandbox = useRun({
      nodes: [
        { id: "draft", mode: "report" },
        { id: "ok", kind: "approval", needs: ["draft"] },
        { id: "pub", needs: ["ok"] },
      ],
    });
    sandbox.ok("claim", "demo", "draft");
    sandbox.write("runs/demo/nodes/draft/report.md", "good\n");
    sandbox.ok("complete", "demo", "draft");
    sandbox.ok("approve", "demo", "ok", "--by", "ana");
    expect(sandbox.ok("next", "demo").stdout).not.toContain("changed since");
    sandbox.write("runs/demo/nodes/draft/report.md", "another text\n");
    expect(sandbox.ok("next", "demo", "--claim").stdout).toContain("changed since ana answered ok");
    expect(sandbox.cli("complete", "demo", "pub").stderr).toContain("changed since ana answered ok");
  });
});

describe("the number of a claim", () => {
  it("cannot be guessed from the journal's length or from another claim", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }] });
    sandbox.ok("next", "demo", "--claim");
    const tokens = sandbox.state("demo").nodes.map(({ claim }) => claim?.token ?? 0);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toBeGreaterThan(1_000_000);
  });
});
