import { describe, expect, it } from "vitest";
import { HOUR, LedgerFixture, MINUTE } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

interface Item {
  subject: { id: string };
  attempt?: number;
  needsAttention: boolean;
  tasks?: Item[];
}

/** One child that failed, and was asked for again. */
function withRetry(
  parentRunId = "turn-1",
  status: "failed" | "lost" = "failed",
): { sandbox: RegistrySandbox; first: string; second: string } {
  const sandbox = useSandbox();
  const ledger = new LedgerFixture(sandbox);
  const facts = {
    runtime: "subagent",
    label: "count",
    requesterSessionKey: "agent:main:main",
    task: "Count.",
    notify: "silent",
  } as const;
  const first = ledger.task(
    {
      facts: { ...facts, parentRunId: "turn-1", runId: "r1", childSessionKey: "agent:main:subagent:1" },
      started: true,
    },
    HOUR,
  );
  ledger.signal(first, { ending: { status, error: "no sheep" } }, HOUR - MINUTE);
  const second = ledger.task(
    { facts: { ...facts, parentRunId, runId: "r2", childSessionKey: "agent:main:subagent:2" }, started: true },
    MINUTE,
  );
  return { sandbox, first, second };
}
const items = (sandbox: RegistrySandbox): Item[] => (sandbox.ok("status", "--json").json as { items: Item[] }).items;

describe("a child that failed and was asked for again in the same turn", () => {
  it("is one item of status, as its further attempt", () => {
    const { sandbox, second } = withRetry();
    expect(items(sandbox)).toMatchObject([{ subject: { id: second }, attempt: 2 }]);
    expect(sandbox.ok("status").stdout).toContain("working, attempt 2");
  });

  it("names the other attempt where it is shown", () => {
    const { sandbox, first, second } = withRetry();
    expect(sandbox.ok("tasks", "show", second, "--json").json).toMatchObject({
      earlierAttempts: [{ taskId: first, status: "failed" }],
    });
    expect(sandbox.ok("tasks", "show", first, "--json").json).toMatchObject({ nextAttempt: { taskId: second } });
    expect(sandbox.ok("tasks", "show", second).stdout).toMatch(new RegExp(`^tried +${first} \\(failed\\) count`, "m"));
    expect(sandbox.ok("tasks", "show", first).stdout).toMatch(new RegExp(`^again +${second}`, "m"));
  });

  it("needs no attention for its loss any more", () => {
    const lost = (parentRunId: string): number => {
      const { sandbox } = withRetry(parentRunId, "lost");
      const { items: found } = sandbox.ok("attention", "--json").json as { items: { kind: string }[] };
      return found.filter(({ kind }) => kind === "lost").length;
    };
    expect(lost("another turn")).toBe(1);
    expect(lost("turn-1")).toBe(0);
    expect(lost("announce:v1:agent:main:subagent:1:r1")).toBe(0);
  });

  it("is work of its own in another turn", () => {
    const { sandbox, first, second } = withRetry("turn-2", "lost");
    expect(
      items(sandbox)
        .map(({ subject }) => subject.id)
        .sort(),
    ).toEqual([first, second].sort());
    expect(items(sandbox).some(({ attempt }) => attempt !== undefined)).toBe(false);
  });
});
