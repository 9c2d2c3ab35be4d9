import { describe, expect, it } from "vitest";
import type { TaskRuntime } from "../../../registry-helper/model/task-record.ts";
import { DAY, HOUR, LedgerFixture, MINUTE, pastedWords } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

interface Listed {
  tasks: { taskId: string; label: string; view: { phase: string } }[];
  next: string | null;
}

function labels(sandbox: RegistrySandbox, ...args: string[]): string[] {
  return (sandbox.ok("tasks", "list", "--json", ...args).json as Listed).tasks.map(({ label }) => label);
}

/** One of each, the oldest first. */
function withMixed(): { sandbox: RegistrySandbox; ledger: LedgerFixture } {
  const sandbox = useSandbox();
  const ledger = new LedgerFixture(sandbox);
  const owner = "agent:main:telegram:direct:1";
  ledger.task({ facts: { runtime: "subagent", label: "ancient" }, ending: { status: "succeeded" } }, 9 * DAY);
  ledger.task({ facts: { runtime: "exec", label: "ancient but open" }, started: true }, 9 * DAY);
  ledger.task({ facts: { runtime: "acp", label: "lost long ago" }, ending: { status: "lost" } }, 2 * DAY);
  ledger.task(
    { facts: { runtime: "cron", label: "nightly", sourceId: "job" }, ending: { status: "failed", error: "x" } },
    20 * HOUR,
  );
  const asked = { requesterSessionKey: owner, flowId: "flow-1", task: "Find the café bill" };
  ledger.task({ facts: { runtime: "subagent", label: "stuck", ...asked }, started: true }, 30 * MINUTE);
  ledger.task(
    { facts: { runtime: "subagent", label: "busy", ...asked }, started: true, step: { phase: "testing" } },
    MINUTE,
  );
  ledger.task({ facts: { runtime: "acp", label: "new", requesterSessionKey: `${owner}7` } });
  return { sandbox, ledger };
}

describe("tasks list", () => {
  it("hides tasks that ended long ago, and lost tasks sooner, unless they are requested", () => {
    const { sandbox } = withMixed();
    expect(labels(sandbox)).toEqual(["new", "busy", "stuck", "nightly", "ancient but open"]);
    expect(labels(sandbox, "--all")).toHaveLength(7);
    expect(labels(sandbox, "--status", "lost")).toEqual(["lost long ago"]);
    expect(labels(sandbox, "--since", "30d")).toHaveLength(7);
    expect(labels(sandbox, "--search", "ancient")).toEqual(["ancient but open", "ancient"]);
  });

  it.each<[string, string[], string[]]>([
    ["runtime", ["--runtime", "cron"], ["nightly"]],
    ["status", ["--status", "running"], ["busy", "stuck", "ancient but open"]],
    ["phase", ["--phase", "testing"], ["busy"]],
    ["the phase that follows from the clock", ["--phase", "stalled"], ["stuck", "ancient but open"]],
    ["phase and runtime", ["--phase", "stalled", "--runtime", "subagent"], ["stuck"]],
    ["owner", ["--owner", "agent:main:telegram:direct:1"], ["busy", "stuck"]],
    ["the beginning of an owner", ["--owner", "agent:main:tele"], ["new", "busy", "stuck"]],
    ["an owner that nobody is", ["--owner", "nobody"], []],
    ["flow", ["--flow", "flow-1"], ["busy", "stuck"]],
    ["a length of time", ["--since", "45m"], ["new", "busy", "stuck"]],
    ["an ISO time", ["--since", new Date(Date.now() - HOUR).toISOString()], ["new", "busy", "stuck"]],
    ["words, by their beginnings and without accents", ["--search", "cafe fin"], ["busy", "stuck"]],
    ["words of open work", ["--search", "cafe fin", "--phase", "testing"], ["busy"]],
    ["text that looks like syntax", ["--search", '" OR ( AND *'], []],
  ])("filters by %s", (_what, args, expected) => {
    expect(labels(withMixed().sandbox, ...args)).toEqual(expected);
  });

  it("finds work that starts and work past its start as they are shown", () => {
    const sandbox = useSandbox();
    const ledger = new LedgerFixture(sandbox);
    const begin = (runtime: TaskRuntime, agoMs: number, update?: string): string =>
      ledger.task(
        { facts: { runtime, label: runtime }, started: true, ...(update === undefined ? {} : { step: { update } }) },
        agoMs,
      );
    begin("cron", HOUR);
    begin("acp", 2 * MINUTE);
    begin("subagent", 4_000, "a step");
    begin("media", 3_000);
    begin("exec", 2_000);
    begin("cli", 1_000);
    const shown = (sandbox.ok("tasks", "list", "--json").json as Listed).tasks;
    for (const [phase, expected] of [
      ["starting", ["cli"]],
      ["working", ["exec", "media", "subagent", "acp"]],
      ["stalled", ["cron"]],
    ] as const) {
      expect(labels(sandbox, "--phase", phase)).toEqual(expected);
      expect(shown.filter(({ view }) => view.phase === phase).map(({ label }) => label)).toEqual(expected);
    }
  });

  it("shows what each task is doing and marks those that need attention", () => {
    const { sandbox } = withMixed();
    const { tasks } = sandbox.ok("tasks", "list", "--json").json as Listed;
    expect(tasks.map(({ view }) => view.phase)).toEqual(["queued", "testing", "stalled", "failed", "stalled"]);
    expect(sandbox.ok("tasks", "list").stdout).toMatch(
      /^TASK +RUNTIME +PHASE +TOLD +AGO +WHAT\n\w+ +acp +queued [^]*subagent +testing [^]*subagent +stalled! +- +30m +stuck\n/,
    );
  });

  it("starts each page where the previous one ended, and marks the last page", () => {
    const { sandbox } = withMixed();
    const seen: string[] = [];
    let args = ["--all", "--limit", "3"];
    for (let page = 0; page < 5; page += 1) {
      const { tasks, next } = sandbox.ok("tasks", "list", "--json", ...args).json as Listed;
      seen.push(...tasks.map(({ label }) => label));
      if (next === null) break;
      args = ["--all", "--limit", "3", "--before", next];
    }
    expect(seen).toEqual(labels(sandbox, "--all"));
    const { stdout } = sandbox.ok("tasks", "list", "--search", "a b", "--all", "--limit", "1", "--runtime", "acp");
    expect(stdout).not.toContain("more:");
    const more = /^more: (.*)$/m.exec(sandbox.ok("tasks", "list", "--limit", "2", "--since", "1h").stdout)?.[1] ?? "";
    expect(sandbox.ok(...pastedWords(more)).stdout).toContain("stuck");
  });

  it.each([
    ["--since", "yesterday", "argument --since: 30m, 12h, 7d or an ISO time is expected, not 'yesterday'"],
    ["--phase", "dreaming", "argument --phase: invalid choice"],
    ["--runtime", "vm", "argument --runtime: invalid choice"],
  ])("rejects %s %s as a usage error", (flag, value, reason) => {
    const result = useSandbox().cli("tasks", "list", flag, value);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(reason);
  });
});
