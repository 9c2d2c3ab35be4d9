import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LedgerFixture, ROUTE } from "../../support/ledger-fixture.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";

function withOpenTask(): { ledger: LedgerFixture; taskId: string } {
  const ledger = new LedgerFixture(useSandbox());
  const facts = { label: "work", childSessionKey: "agent:main:subagent:1", route: ROUTE } as const;
  return { ledger, taskId: ledger.task({ facts, started: true }) };
}

const events = (ledger: LedgerFixture, taskId: string): unknown[] => ledger.lines(taskId).map(({ event }) => event);

describe("tasks report", () => {
  it("records the agent's report with several artifacts", () => {
    const { ledger, taskId } = withOpenTask();
    const args = [
      "--phase",
      "testing",
      "--update",
      "12 of 40",
      "--next",
      "fix 3",
      "--artifact",
      "a.md",
      "--artifact=b.md",
    ];
    expect(ledger.sandbox.ok("tasks", "report", taskId, ...args, "--json").json).toMatchObject({
      ok: true,
      changed: true,
      task: {
        phase: "testing",
        latestUpdate: "12 of 40",
        nextAction: "fix 3",
        artifacts: ["a.md", "b.md"],
        isReported: true,
      },
    });
    const { stdout } = ledger.sandbox.ok("tasks", "report", taskId, "--block", "user_input");
    expect(stdout).toBe(`noted: ${taskId} is testing, blocked by user_input: 12 of 40\n`);
    expect(ledger.sandbox.ok("tasks", "report", taskId, "--block", "none", "--json").json).toMatchObject({
      task: { blockReason: null },
    });
  });

  it("applies to the task of the caller's own session when no task is named", () => {
    const { ledger, taskId } = withOpenTask();
    const env = { CLAWTASK_SESSION_KEY: "agent:main:subagent:1" };
    const result = ledger.sandbox.call({ args: ["tasks", "report", "--update", "on", "--json"], env });
    expect(result.json).toMatchObject({ taskId });
    expect(ledger.sandbox.cli("tasks", "report", "--update", "on")).toMatchObject({ code: 2, stdout: "" });
  });

  it("records a report once per key", () => {
    const { ledger, taskId } = withOpenTask();
    const args = ["tasks", "report", taskId, "--update", "on", "--key", "k", "--json"];
    expect(ledger.sandbox.ok(...args).json).toMatchObject({ changed: true });
    expect(ledger.sandbox.ok(...args).json).toMatchObject({ changed: false });
    expect(events(ledger, taskId).filter((event) => event === "task.reported")).toHaveLength(1);
    const other = ledger.sandbox.cli("tasks", "report", taskId, "--update", "other", "--key", "k");
    expect(other.stderr).toContain("code: idempotency_conflict");
  });

  it.each<[string, string[], number, string]>([
    ["nothing to say", [], 2, "one of --phase, --block, --update, --next and --artifact is required"],
    ["an unknown phase", ["--phase", "done"], 2, "invalid choice: 'done'"],
    ["a phase that follows from the clock", ["--phase", "stalled"], 2, "invalid choice: 'stalled'"],
    ["an update without end", ["--update", "x".repeat(70_000)], 1, "code: too_large"],
  ])("rejects %s", (_what, args, code, reason) => {
    const { ledger, taskId } = withOpenTask();
    const result = ledger.sandbox.cli("tasks", "report", taskId, ...args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(reason);
  });

  it("rejects ended or unknown tasks and suggests a command", () => {
    const { ledger, taskId } = withOpenTask();
    ledger.signal(taskId, { ending: { status: "succeeded" } });
    const afterEnd = ledger.sandbox.cli("tasks", "report", taskId, "--update", "x");
    expect(afterEnd).toMatchObject({ code: 1, stdout: "" });
    expect(afterEnd.stderr).toMatch(/code: task_over\n {2}next: node \S+clawtask\.cjs .*tasks show t-/);
    const unknown = ledger.sandbox.cli("tasks", "report", "ghost", "--update", "x", "--json");
    expect(JSON.parse(unknown.stderr)).toMatchObject({
      error: { code: "task_not_found", next: `${ledger.sandbox.self} tasks list` },
    });
  });
});

describe("tasks notify", () => {
  it("changes the notification policy and says when it is unchanged", () => {
    const { ledger, taskId } = withOpenTask();
    const { sandbox } = ledger;
    expect(sandbox.ok("tasks", "notify", taskId, "state_changes", "--json").json).toEqual({
      ok: true,
      taskId,
      notify: "state_changes",
      changed: true,
    });
    expect(sandbox.ok("tasks", "notify", taskId, "state_changes").stdout).toContain("(as before)");
    expect(sandbox.cli("tasks", "notify", taskId, "loud").code).toBe(2);
  });
});

describe("tasks cancel", () => {
  it("records the request when no gateway runs, and says that none has taken it up", () => {
    const { ledger, taskId } = withOpenTask();
    const args = ["tasks", "cancel", taskId, "--reason", "not needed", "--wait", "0"];
    expect(ledger.sandbox.ok(...args, "--json").json).toEqual({
      ok: true,
      taskId,
      outcome: "asked",
      status: "running",
      reason: null,
    });
    expect(ledger.sandbox.ok(...args).stdout).toBe(
      "recorded; no gateway has taken it up yet: it is carried out when one runs\n",
    );
    expect(events(ledger, taskId).filter((event) => event === "task.cancel_requested")).toHaveLength(1);
  });

  const answers = {
    refused: { code: 1, says: /cannot be stopped: its turn cannot be interrupted/ },
    accepted: { code: 0, says: /is being stopped: told its owner/ },
    ended: { code: 0, says: /has ended: cancelled/ },
  };

  it.each(Object.entries(answers))("reports the outcome of the request: %s", async (outcome, { code, says }) => {
    const { ledger, taskId } = withOpenTask();
    const waiting = ledger.sandbox.together("tasks", "cancel", taskId, "--wait", outcome === "accepted" ? "1.5" : "20");
    while (!events(ledger, taskId).includes("task.cancel_requested")) await pause(20);
    if (outcome === "ended") ledger.signal(taskId, { ending: { status: "cancelled" } });
    else {
      const reason = outcome === "refused" ? "its turn cannot be interrupted" : "told its owner";
      const answer = outcome as "refused" | "accepted";
      ledger.do({ type: "answer_cancel", taskId, source: "gateway", outcome: answer, reason });
    }
    const result = await waiting;
    expect(result.code).toBe(code);
    expect(result.stdout).toMatch(says);
  });

  it("rejects a task that has ended", () => {
    const { ledger, taskId } = withOpenTask();
    ledger.signal(taskId, { ending: { status: "succeeded" } });
    expect(ledger.sandbox.cli("tasks", "cancel", taskId).stderr).toContain("code: task_over");
    expect(ledger.sandbox.cli("tasks", "cancel", taskId, "--wait", "soon").code).toBe(2);
  });
});
