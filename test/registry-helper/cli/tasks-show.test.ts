import { describe, expect, it } from "vitest";
import { HOUR, LedgerFixture, MINUTE, ROUTE } from "../../support/ledger-fixture.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe("tasks show", () => {
  it("answers the five questions for a waiting task", () => {
    const ledger = new LedgerFixture(useSandbox());
    const taskId = ledger.task(
      {
        facts: { runtime: "subagent", label: "deploy", route: ROUTE, runId: "host-7" },
        started: true,
        step: { phase: "waiting_approval", update: "wants to run rm -r build" },
      },
      MINUTE,
    );
    expect(ledger.sandbox.ok("tasks", "show", "host-7", "--json").json).toMatchObject({
      task: {
        taskId,
        view: {
          phase: "waiting_approval",
          blockReason: "approval",
          latestUpdate: "wants to run rm -r build",
          answers: { isBlocked: true, needsSomebody: true, isDoneNotReported: false },
          clocks: { queuedMs: 0 },
        },
      },
      parent: null,
      children: [],
    });
    const { stdout } = ledger.sandbox.ok("tasks", "show", taskId);
    expect(stdout).toMatch(/^doing +waiting for an approval \(waiting_approval\)$/m);
    expect(stdout).toMatch(/^blocked +approval: a command of it needs an approval$/m);
    expect(stdout).toMatch(/^needs you +yes$/m);
    expect(stdout).toMatch(/^do +approve or deny it/m);
    expect(stdout).toMatch(/^told +not due yet$/m);
  });

  it("explains why a result was not delivered and what to do", () => {
    const ledger = new LedgerFixture(useSandbox());
    const taskId = ledger.undelivered("report");
    const { stdout } = ledger.sandbox.ok("tasks", "show", taskId);
    expect(stdout).toMatch(/^told +failed: chat not found \(done, not reported\)$/m);
    expect(stdout).toMatch(new RegExp(`^do +.*tasks retry ${taskId}$`, "m"));
  });

  it("prints the parent and the children of a task", () => {
    const ledger = new LedgerFixture(useSandbox());
    const parent = ledger.task({ facts: { label: "root" }, started: true });
    const child = ledger.task({ facts: { label: "leaf", parentTaskId: parent }, started: true });
    expect(ledger.sandbox.ok("tasks", "show", parent, "--json").json).toMatchObject({
      children: [{ taskId: child, status: "running", what: "leaf" }],
      childCount: 1,
    });
    expect(ledger.sandbox.ok("tasks", "show", child).stdout).toMatch(
      new RegExp(`^parent +${parent} \\(running\\)`, "m"),
    );
  });

  it("prints everything needed to resume the work with --context", () => {
    const ledger = new LedgerFixture(useSandbox());
    const session = "agent:research:subagent:9";
    const names = [`session:${session}`, "run:r1"];
    const taskId = ledger.task(
      {
        names,
        facts: {
          task: "Read it\nand sum it up",
          childSessionKey: session,
          runId: "r1",
          sessionId: "s-1",
          route: ROUTE,
        },
        started: true,
      },
      HOUR,
    );
    ledger.signal(taskId, { names: ["run:r2"], facts: { runId: "r2" }, resumes: true }, 50 * MINUTE);
    const step = { phase: "editing", update: "half way", nextAction: "page 12", artifacts: ["notes.md"] } as const;
    ledger.do({ type: "report", taskId, source: "cli", step: { ...step, artifacts: ["notes.md"] } }, 40 * MINUTE);
    const { context } = ledger.sandbox.ok("tasks", "show", taskId, "--context", "--json").json as { context: unknown };
    expect(context).toMatchObject({
      asked: "Read it\nand sum it up",
      phase: "stalled",
      lastProgress: "half way",
      nextAction: "page 12",
      artifacts: ["notes.md"],
      attempts: [
        { attempt: 1, status: "lost", runId: "r1" },
        { attempt: 2, status: "running", runId: "r2" },
      ],
      worker: { sessionKey: session, agentId: "research", sessionId: "s-1" },
      requester: { route: ROUTE },
    });
    const { stdout } = ledger.sandbox.ok("tasks", "show", taskId, "--context");
    expect(stdout).toMatch(/transcript\n {2}agent research, session id s-1/);
    expect(stdout).toMatch(/artifacts\n {2}notes\.md/);
    expect(stdout).toMatch(/1: lost \(host run r1\)/);
  });

  it("selects the open task of a session that has several", () => {
    const ledger = new LedgerFixture(useSandbox());
    const facts = { runtime: "cron", childSessionKey: "agent:main:cron:job" } as const;
    const ended = { facts, ending: { status: "succeeded" } } as const;
    ledger.task(ended, HOUR);
    const latest = ledger.task(ended, 30 * MINUTE);
    // A look is answered with the latest; a change wants to know which one is meant.
    expect(ledger.sandbox.ok("tasks", "show", "agent:main:cron:job", "--json").json).toMatchObject({
      task: { taskId: latest },
    });
    const change = ledger.sandbox.cli("tasks", "notify", "agent:main:cron:job", "silent");
    expect(change.stderr).toContain("code: ambiguous_id");
    const goesOn = ledger.task({ facts, started: true });
    expect(ledger.sandbox.ok("tasks", "show", "agent:main:cron:job", "--json").json).toMatchObject({
      task: { taskId: goesOn },
    });
  });

  it("prints malicious texts of any size as plain data", () => {
    const ledger = new LedgerFixture(useSandbox());
    const evil = `\u001b[2J\u001b]0;owned\u0007\u202egnp.exe <script>`;
    const taskId = ledger.task({
      facts: { label: evil, task: evil, route: { channel: evil, to: evil } },
      ending: { status: "succeeded", result: `${evil}${"x ".repeat(5 * 1024 * 1024)}` },
    });
    for (const args of [["show", taskId, "--context"], ["list"], ["watch", "--count", "1"]]) {
      const { stdout } = ledger.sandbox.ok("tasks", ...args);
      expect(stdout.replaceAll("\n", "")).not.toMatch(CONTROL);
      expect(stdout.length).toBeLessThan(200_000);
    }
  });
});
