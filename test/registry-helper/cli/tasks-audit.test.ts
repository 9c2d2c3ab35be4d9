import { describe, expect, it } from "vitest";
import { LEDGER_FINDING_CODES } from "../../../registry-helper/domain/task/audit-findings.ts";
import { formatCommand, type Remedy } from "../../../registry-helper/model/remedy.ts";
import { formatMicros } from "../../../registry-helper/model/time.ts";
import { DAY, HOUR, LedgerFixture, MINUTE, pastedWords, ROUTE } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

interface Audit {
  ok: boolean;
  findings: { code: string; severity: string; taskId: string | null; what: string; repair: string; remedy: Remedy }[];
}

const audit = (sandbox: RegistrySandbox): Audit => sandbox.cli("tasks", "audit", "--json").json as Audit;
const codes = (sandbox: RegistrySandbox): string[] => audit(sandbox).findings.map(({ code }) => code);
const stamp = (agoMs: number): string => formatMicros((Date.now() - agoMs) * 1000);

/** Lines that no writer of ours would write, after the last one of a task's day. */
function forge(ledger: LedgerFixture, taskId: string, lines: readonly object[]): void {
  const last = ledger.sandbox.text(ledger.file(taskId)).trimEnd().split("\n").at(-1) ?? "";
  const { seq } = JSON.parse(last) as { seq: number };
  const text = lines.map(
    (line, index) => `${JSON.stringify({ taskId, seq: seq + index + 1, source: "forged", ...line })}\n`,
  );
  ledger.sandbox.append(ledger.file(taskId), text.join(""));
}

/** How each finding comes about. */
const CASES: Record<string, (ledger: LedgerFixture) => unknown> = {
  stale_queued: (ledger) => ledger.task({ facts: { runtime: "acp" } }, HOUR),
  stale_running: (ledger) => ledger.task({ facts: { runtime: "cli" }, started: true }, HOUR),
  missing_backing: (ledger) => {
    const taskId = ledger.task({ facts: { runtime: "exec" }, started: true }, 9 * MINUTE);
    ledger.signal(taskId, { isBacked: false }, 8 * MINUTE);
  },
  lost: (ledger) => ledger.task({ facts: { runtime: "acp" }, ending: { status: "lost" } }, HOUR),
  delivery_failed: (ledger) => ledger.undelivered("x"),
  delivery_ambiguous: (ledger) => {
    const taskId = ledger.task({ facts: { route: ROUTE }, ending: { status: "succeeded" } });
    const report = { kind: "unknown", reason: "timed out" } as const;
    ledger.do({ type: "report_delivery", taskId, source: "outbox", report });
  },
  delivery_overdue: (ledger) => ledger.task({ facts: { route: ROUTE }, ending: { status: "succeeded" } }, 2 * HOUR),
  inconsistent_times: (ledger) => {
    const taskId = ledger.task({ facts: { runtime: "exec" }, started: true }, HOUR);
    const ending = { status: "succeeded", endedAt: stamp(2 * HOUR) } as const;
    ledger.signal(taskId, { ending }, MINUTE);
  },
  orphaned_link: (ledger) =>
    ledger.task({ facts: { runtime: "exec", parentTaskId: "t-20250101-000000000000" }, started: true }),
  host_disagrees: (ledger) =>
    ledger.task({
      facts: { runtime: "exec" },
      ending: { status: "succeeded" },
      host: { taskId: "h-1", status: "failed", delivery: null },
    }),
  damaged_line: (ledger) => {
    const taskId = ledger.task({ facts: { runtime: "exec" }, started: true });
    ledger.sandbox.append(ledger.file(taskId), '{"event": "task.ended"}\n');
  },
  unanswered_cancel: (ledger) => {
    const taskId = ledger.task({ facts: { runtime: "exec" }, started: true }, 6 * MINUTE);
    ledger.do({ type: "request_cancel", taskId, source: "cli", by: "me" }, 5 * MINUTE);
  },
};

/** What a running gateway does, or a person who has looked; the command itself is only the way there. */
const NOT_AUTO_REPAIRED = ["stale_queued", "stale_running", "missing_backing", "delivery_overdue", "unanswered_cancel"];

describe("tasks audit", () => {
  it("has a test case for each finding code of the ledger", () => {
    expect(Object.keys(CASES).sort()).toEqual([...LEDGER_FINDING_CODES].sort());
  });

  it.each(Object.keys(CASES))("reports only %s, and the suggested repair works", (code) => {
    const ledger = new LedgerFixture(useSandbox());
    const { sandbox } = ledger;
    ledger.task({ facts: { runtime: "exec", label: "well" }, ending: { status: "succeeded" } }, 5 * HOUR);
    expect(codes(sandbox)).toEqual([]);
    CASES[code]?.(new LedgerFixture(sandbox));
    const { ok, findings } = audit(sandbox);
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    const [finding] = findings;
    expect(ok).toBe(finding?.severity !== "error");
    const repair = finding?.repair ?? "";
    // Programs take the command by its parts; the line is for people.
    const [command] = finding?.remedy.commands ?? [];
    expect(repair.endsWith(command === undefined ? "?" : formatCommand(command, "").trim())).toBe(true);
    if (repair.startsWith("openclaw ")) {
      expect(repair).toBe("openclaw gateway start");
      return;
    }
    const wait = repair.includes(" cancel ") ? ["--wait", "0"] : [];
    sandbox.ok(...pastedWords(repair), ...wait);
    if (!NOT_AUTO_REPAIRED.includes(code)) expect(codes(sandbox)).toEqual([]);
  });

  it.each<[string, (ledger: LedgerFixture, taskId: string) => void]>([
    [
      "started before it was created",
      (ledger, taskId) => forge(ledger, taskId, [{ event: "task.started", timestamp: stamp(DAY) }]),
    ],
    [
      "a clock that jumped a year ahead",
      (ledger, taskId) => {
        const timestamp = stamp(-365 * DAY);
        forge(ledger, taskId, [
          { event: "task.started", timestamp },
          { event: "task.reported", timestamp, step: { update: "x" } },
        ]);
      },
    ],
    ["a time that is none", (ledger, taskId) => forge(ledger, taskId, [{ event: "task.started", timestamp: "soon" }])],
  ])("maintenance repairs the task and keeps the original line (%s)", (_what, spoil) => {
    const ledger = new LedgerFixture(useSandbox());
    const { sandbox } = ledger;
    const taskId = ledger.task({ facts: { runtime: "exec", label: "x" } }, MINUTE);
    spoil(ledger, taskId);
    const forged = sandbox.text(ledger.file(taskId)).split("\n")[1];
    if (!(forged ?? "").includes("soon")) expect(codes(sandbox)).toContain("inconsistent_times");
    sandbox.ok("tasks", "maintenance", "--apply");
    expect(codes(sandbox)).toEqual([]);
    expect(sandbox.text(ledger.file(taskId).replace(".jsonl", ".damaged"))).toContain(forged);
    sandbox.ok("tasks", "report", taskId, "--update", "goes on");
    expect(codes(sandbox)).toEqual([]);
    expect(sandbox.ok("tasks", "show", taskId, "--json").json).toMatchObject({ task: { status: "running" } });
  });

  it("reports no inconsistency for work that was discovered after its end", () => {
    const ledger = new LedgerFixture(useSandbox());
    ledger.task({ facts: { runtime: "exec" }, started: true, ending: { status: "succeeded", endedAt: stamp(DAY) } });
    expect(codes(ledger.sandbox)).toEqual([]);
  });

  it("reports a node that is bound to an unknown session, but not as an error", () => {
    const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent" }] });
    sandbox.ok("transition-node", "demo", "a", "running");
    sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", "agent:main:subagent:1");
    const { ok, findings } = audit(sandbox);
    expect(ok).toBe(true);
    expect(findings).toMatchObject([{ code: "orphaned_link", severity: "info", runId: "demo" }]);
    sandbox.ok(...pastedWords(findings[0]?.repair ?? ""));
    new LedgerFixture(sandbox).task({
      facts: { runtime: "exec", childSessionKey: "agent:main:subagent:1" },
      started: true,
    });
    expect(codes(sandbox)).toEqual([]);
  });

  it("prints finding, explanation and repair, most severe first, and filters by code", () => {
    const ledger = new LedgerFixture(useSandbox());
    CASES["lost"]?.(ledger);
    const taskId = ledger.undelivered("x");
    const result = ledger.sandbox.cli("tasks", "audit");
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(
      new RegExp(
        `^ERROR {2}delivery_failed {2}${taskId}\\n {2}its result was not delivered: chat not found\\n {2}\\$ node .* tasks retry ${taskId}\\n\\nWARN {2}lost`,
      ),
    );
    expect(result.stdout).toMatch(/\n1 delivery_failed, 1 lost\n$/);
    expect(ledger.sandbox.ok("tasks", "audit", "--code", "lost").stdout).toMatch(/\n1 lost\n$/);
    expect(useSandbox().ok("tasks", "audit").stdout).toBe("tasks, flows and runs are in order\n");
  });
});
