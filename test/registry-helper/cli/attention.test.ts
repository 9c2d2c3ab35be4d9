import { describe, expect, it } from "vitest";
import { HOUR, LedgerFixture, MINUTE, pastedWords } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

interface Items {
  total: number;
  items: { kind: string; subject: { kind: string; id: string }; title: string; reason: string; command: string }[];
}

const attention = (sandbox: RegistrySandbox): Items => sandbox.ok("attention", "--json").json as Items;

/** Something of each kind. */
function withEverything(): LedgerFixture {
  const sandbox = useRun({ nodes: [{ id: "gate", kind: "approval" }] });
  const ledger = new LedgerFixture(sandbox);
  sandbox.ok("transition-node", "demo", "gate", "waiting", "--message", "Deploy to production?");
  for (const [runId, node] of [
    ["blocked", "b"],
    ["failed", "a"],
  ] as const) {
    const nodes = [{ id: "a" }, ...(node === "b" ? [{ id: "b", needs: ["a"] }] : [])];
    sandbox.scaffold(runId, sandbox.workflow(`${runId}-flow`, { nodes, title: `The ${runId} one` }));
    sandbox.ok("transition-node", runId, "a", "running");
    sandbox.ok("transition-node", runId, "a", "failed", "--message", "no network");
  }
  ledger.task({ facts: { runtime: "subagent", label: "queued" } }, HOUR);
  ledger.task({ facts: { runtime: "subagent", label: "stalled" }, started: true }, 50 * MINUTE);
  const asks = {
    facts: { runtime: "acp", label: "asks" },
    started: true,
    step: { phase: "waiting_user", update: "Which region?" },
  } as const;
  ledger.task(asks, 40 * MINUTE);
  ledger.task(
    { facts: { runtime: "cron", label: "nightly" }, ending: { status: "failed", error: "no disk" } },
    30 * MINUTE,
  );
  ledger.task({ facts: { runtime: "acp", label: "gone" }, ending: { status: "lost", error: "vanished" } }, 20 * MINUTE);
  const unstoppable = ledger.task({ facts: { runtime: "acp", label: "stubborn" }, started: true }, 5 * MINUTE);
  ledger.do({ type: "request_cancel", taskId: unstoppable, source: "cli", by: "me" }, 4 * MINUTE);
  ledger.do(
    { type: "answer_cancel", taskId: unstoppable, source: "gateway", outcome: "refused", reason: "no way" },
    3 * MINUTE,
  );
  const maybe = ledger.task(
    { facts: { label: "maybe", route: { channel: "c", to: "t" } }, ending: { status: "succeeded" } },
    2 * MINUTE,
  );
  const unknown = { kind: "unknown", reason: "timed out" } as const;
  ledger.do({ type: "report_delivery", taskId: maybe, source: "outbox", report: unknown }, MINUTE);
  ledger.undelivered("unheard", MINUTE);
  ledger.task({ facts: { label: "fine" }, started: true });
  return ledger;
}

describe("attention", () => {
  it("lists all tasks and runs that need attention, most urgent first", () => {
    const { sandbox } = withEverything();
    const { items } = attention(sandbox);
    expect(items.map(({ kind, subject, title }) => [kind, subject.kind, title])).toEqual([
      ["waiting_approval", "run", "A workflow"],
      ["waiting_user", "task", "asks"],
      ["undelivered", "task", "unheard"],
      ["ambiguous", "task", "maybe"],
      ["lost", "task", "gone"],
      ["run_blocked", "run", "The blocked one"],
      ["stalled", "task", "stalled"],
      ["never_started", "task", "queued"],
      ["cancel_refused", "task", "stubborn"],
      ["run_failed", "run", "The failed one"],
      ["failed_silently", "task", "nightly"],
    ]);
    expect(items.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(["gate: Deploy to production?", "Which region?", "chat not found", "no disk", "no way"]),
    );
  });

  it("gives each item one command that works as pasted", () => {
    const { sandbox } = withEverything();
    for (const { kind, command } of attention(sandbox).items) {
      const result = sandbox.cli(...pastedWords(command), ...(command.includes("cancel") ? ["--wait", "0"] : []));
      expect(result.code, `${kind}: ${command}\n${result.stderr}`).toBe(0);
    }
    // What the commands could settle by themselves is gone.
    const left = attention(sandbox).items.map(({ kind }) => kind);
    for (const kind of ["undelivered", "lost", "run_failed", "failed_silently"]) expect(left).not.toContain(kind);
  });

  it("prints text within 80 columns, except for commands to paste", () => {
    const { stdout } = withEverything().sandbox.ok("attention");
    expect(stdout).toMatch(
      /^WAITS FOR AN APPROVAL {2}A workflow {2}\(.*\)\n {2}gate: Deploy to production\?\n {2}\$ node .* next demo\n/,
    );
    for (const line of stdout.split("\n").filter((one) => !one.startsWith("  $ ")))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it("shows the latest failure of a repeatedly failing job with its count, and nothing after it succeeds", () => {
    const ledger = new LedgerFixture(useSandbox());
    const run = (agoMs: number, status: "failed" | "succeeded"): string =>
      ledger.task({ facts: { runtime: "cron", label: "backup", sourceId: "job-1" }, ending: { status } }, agoMs);
    run(5 * HOUR, "failed");
    run(4 * HOUR, "succeeded");
    run(3 * HOUR, "failed");
    run(2 * HOUR, "failed");
    const newest = run(HOUR, "failed");
    ledger.task({ facts: { runtime: "cron", label: "other", sourceId: "job-2" }, ending: { status: "failed" } }, HOUR);
    const { items } = attention(ledger.sandbox);
    expect(items.map(({ title, reason }) => `${title}: ${reason}`).sort()).toEqual([
      "backup: failed 3 times in a row: failed",
      "other: failed",
    ]);
    expect(items.find(({ title }) => title === "backup")?.subject.id).toBe(newest);
    run(0, "succeeded");
    expect(attention(ledger.sandbox).items.map(({ title }) => title)).toEqual(["other"]);
  });

  it("prints that nothing needs attention when there is no registry yet", () => {
    expect(useSandbox().ok("attention").stdout).toBe("nothing needs attention\n");
  });
});

describe("doctor", () => {
  it("counts undelivered results and items that need attention", () => {
    const { sandbox } = withEverything();
    const { stdout, code } = sandbox.cli("doctor");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BAD {2}undelivered results: 2\n {5}fix: node .* attention$/m);
    expect(stdout).toMatch(/^ok {3}needs somebody: 11 \(/m);
  });
});
