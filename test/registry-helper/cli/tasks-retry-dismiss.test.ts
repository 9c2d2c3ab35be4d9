import { describe, expect, it } from "vitest";
import { DAY, LedgerFixture } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

interface DeliveryOutput {
  ok: boolean;
  results: { ref: string; ok: boolean; delivery?: string; generation?: number; error?: { code: string } }[];
}

const CONTEXT = ["--delivery-context-json", '{"channel":"telegram","to":"telegram:42"}'];

/** A run that has ended, whose outcome waits for the agent's own words. */
function withEndedRun(): RegistrySandbox {
  const sandbox = useRun({ nodes: [{ id: "a" }] }, ...CONTEXT);
  sandbox.ok("transition-node", "demo", "a", "skipped");
  return sandbox;
}

describe("tasks retry and tasks dismiss", () => {
  it("process several tasks at once, and a rejected one fails alone", () => {
    const ledger = new LedgerFixture(useSandbox());
    const [one, other] = [ledger.undelivered("one"), ledger.undelivered("other")];
    const open = ledger.task({ facts: { label: "open" }, started: true });
    const result = ledger.sandbox.cli("tasks", "retry", one, open, "ghost", other, "--json");
    expect(result).toMatchObject({ code: 1 });
    expect((result.json as DeliveryOutput).results).toMatchObject([
      { ref: one, ok: true, delivery: "pending", generation: 2, changed: true },
      { ref: open, ok: false, error: { code: "task_not_over" } },
      { ref: "ghost", ok: false, error: { code: "task_not_found" } },
      { ref: other, ok: true, delivery: "pending", generation: 2 },
    ]);
    const text = ledger.sandbox.cli("tasks", "retry", one, "ghost").stdout;
    expect(text).toMatch(/is on its way already \(pending\)\n {2}code: not_deliverable\n {2}next: /);
    expect(text).toMatch(/ghost: task not found: ghost\n {2}code: task_not_found\n {2}next: node .* tasks list/);
  });

  it("dismiss a task once and record the reason", () => {
    const ledger = new LedgerFixture(useSandbox());
    const taskId = ledger.undelivered("one");
    expect(ledger.sandbox.ok("tasks", "dismiss", taskId, "--reason", "told by phone").stdout).toBe(
      `${taskId}: dismissed\n`,
    );
    expect(ledger.lines(taskId).at(-1)).toMatchObject({
      event: "delivery.dismissed",
      delivery: { reason: "told by phone" },
    });
    expect(ledger.sandbox.ok("tasks", "dismiss", taskId).stdout).toBe(`${taskId}: dismissed already\n`);
  });

  it("select all undelivered results with --all, limited by the filters", () => {
    const ledger = new LedgerFixture(useSandbox());
    const old = ledger.undelivered("old", 3 * DAY);
    const acp = ledger.undelivered("acp", 0, { runtime: "acp" });
    const fresh = ledger.undelivered("fresh");
    ledger.task({ facts: { label: "fine" }, started: true });
    const ids = (...args: string[]): string[] =>
      (ledger.sandbox.ok("tasks", "dismiss", "--all", "--json", ...args).json as DeliveryOutput).results.map(
        ({ ref }) => ref,
      );
    expect(ids("--since", "1d", "--runtime", "acp")).toEqual([acp]);
    expect(ids("--since", "1d")).toEqual([fresh]);
    expect(ids()).toEqual([old]);
    expect(ledger.sandbox.ok("tasks", "retry", "--all").stdout).toBe("nothing is undelivered\n");
  });

  it("apply once per task when a key is given", () => {
    const ledger = new LedgerFixture(useSandbox());
    const ids = [ledger.undelivered("one"), ledger.undelivered("other")];
    for (let time = 0; time < 2; time += 1) {
      const { json } = ledger.sandbox.ok("tasks", "retry", ...ids, "--key", "k", "--json");
      expect((json as DeliveryOutput).results.map(({ generation }) => generation)).toEqual([2, 2]);
    }
    for (const taskId of ids)
      expect(ledger.lines(taskId).filter(({ event }) => event === "delivery.planned")).toHaveLength(2);
  });

  it.each([
    ["no name and no --all", []],
    ["a name and --all", ["t-1", "--all"]],
    ["a name and what narrows --all", ["t-1", "--runtime", "cron"]],
  ])("reject %s as a usage error", (_what, args) => {
    expect(useSandbox().cli("tasks", "retry", ...args)).toMatchObject({ code: 2, stdout: "" });
  });

  it("apply to the outcome of a run given by its id", () => {
    const sandbox = withEndedRun();
    expect(sandbox.cli("tasks", "retry", "demo").stdout).toContain("on its way already");
    expect(sandbox.ok("tasks", "dismiss", "demo", "--json").json).toMatchObject({
      results: [{ kind: "run", id: "demo", delivery: "dismissed" }],
    });
    expect(sandbox.ok("tasks", "retry", "demo", "--json", "--key", "k").json).toMatchObject({
      results: [{ kind: "run", id: "demo", delivery: "pending", generation: 2 }],
    });
    expect(sandbox.ok("tasks", "retry", "demo", "--json", "--key", "k").json).toMatchObject({
      results: [{ generation: 2, changed: false }],
    });
    expect(sandbox.events("demo").at(-1)).toMatchObject({
      event: "delivery.planned",
      delivery: { sender: "clawtask" },
    });
    expect(sandbox.ok("verify").code).toBe(0);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
  });

  it("reject a run that has not ended, and retry rejects a requester without a channel", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(sandbox.cli("tasks", "dismiss", "demo").stdout).toMatch(
      /demo is running: it has no outcome[^]*not_deliverable/,
    );
    sandbox.ok("transition-node", "demo", "a", "skipped");
    expect(sandbox.cli("tasks", "retry", "demo").stdout).toMatch(/no channel to tell the outcome to/);
    expect(sandbox.ok("tasks", "dismiss", "demo").code).toBe(0);
  });
});
