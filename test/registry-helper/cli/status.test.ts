import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../../registry-helper/operations/attention/status.ts";
import { HOUR, LedgerFixture, MINUTE, pastedWords } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

const status = (sandbox: RegistrySandbox): StatusDocument => sandbox.ok("status", "--json").json as StatusDocument;

/** A run with its child, a flow with its task, tasks of their own, and what is over and told. */
function withWork(): LedgerFixture {
  const sandbox = useRun({
    nodes: [
      { id: "a", kind: "subagent" },
      { id: "gate", kind: "approval" },
    ],
  });
  const ledger = new LedgerFixture(sandbox);
  const session = "agent:main:subagent:1";
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", session);
  sandbox.ok("transition-node", "demo", "gate", "waiting", "--message", "Deploy to production?");
  ledger.task({ facts: { runtime: "subagent", label: "child", childSessionKey: session }, started: true }, MINUTE);
  ledger.task({ facts: { runtime: "subagent", label: "alone" }, started: true }, MINUTE);
  ledger.undelivered("unheard", HOUR);
  ledger.task({ facts: { runtime: "exec", label: "over" }, ending: { status: "succeeded" } }, HOUR);
  sandbox.ok("flows", "create", "--title", "Invoices of May");
  return ledger;
}

describe("status", () => {
  it("shows each piece of work once, what needs attention first", () => {
    const { sandbox } = withWork();
    const { items, total, needAttention } = status(sandbox);
    const shown = items.map(({ subject, title, phase, tasks }) => [
      subject.kind,
      title,
      phase,
      ...(tasks ?? []).map((task) => task.title),
    ]);
    expect(shown.slice(0, 2).sort()).toEqual([
      ["run", "A workflow", "waiting_approval", "child"],
      ["task", "unheard", "done"],
    ]);
    expect(shown.slice(2).sort()).toEqual([
      ["flow", "Invoices of May", "queued"],
      ["task", "alone", "working"],
    ]);
    expect([total, needAttention]).toEqual([4, 2]);
  });

  it("says of a result without a receipt that it is done and not reported", () => {
    const { items } = status(withWork().sandbox);
    const owed = items.filter(({ isDoneNotReported }) => isDoneNotReported).map(({ title }) => title);
    expect(owed).toEqual(["unheard"]);
  });

  it("gives commands that work as pasted for what needs attention", () => {
    const { sandbox } = withWork();
    for (const { command, needsAttention } of status(sandbox).items) {
      expect(command !== null).toBe(needsAttention);
      if (command !== null) sandbox.ok(...pastedWords(command));
    }
  });

  it("prints within 80 columns, except for commands to paste", () => {
    const { stdout } = withWork().sandbox.ok("status");
    expect(stdout).toMatch(/^4 under way, 2 need attention\n\n! /);
    expect(stdout).toContain("gate: Deploy to production?");
    expect(stdout).toContain("    - child: working");
    for (const line of stdout.split("\n").filter((one) => !one.startsWith("  $ ")))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it("says that nothing is under way in an empty registry", () => {
    expect(useSandbox().ok("status").stdout).toBe("nothing is under way\n");
  });
});
