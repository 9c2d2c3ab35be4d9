import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { BrokenPipe, runCli } from "../../../registry-helper/cli/main.ts";
import { LedgerFixture } from "../../support/ledger-fixture.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

const CLEAR = "\u001b[H\u001b[2J";

/** The verb in this process, as on a terminal or not. */
async function watch(
  sandbox: RegistrySandbox,
  isTerminal: boolean,
  args: readonly string[],
  onShown: (count: number) => void = () => undefined,
): Promise<string[]> {
  const shown: string[] = [];
  const status = await runCli({
    argv: ["--registry-root", sandbox.root, "tasks", "watch", ...args],
    env: {},
    cwd: sandbox.root,
    self: "clawtask",
    isTerminal,
    out: (text) => onShown(shown.push(text)),
    err: (text) => shown.push(`ERR ${text}`),
  });
  expect(status).toBe(0);
  return shown;
}

describe("tasks watch", () => {
  it("ends quietly when its reader has left", async () => {
    const ledger = new LedgerFixture(useSandbox());
    ledger.task({ facts: { label: "one" }, started: true });
    const texts = await watch(ledger.sandbox, false, ["--interval", "0.05"], () => {
      throw new BrokenPipe();
    });
    expect(texts).toHaveLength(1);
  });

  it("redraws the table on a terminal, with no control codes except the clear sequence", async () => {
    const ledger = new LedgerFixture(useSandbox());
    ledger.task({ facts: { label: "one" }, started: true });
    const args = ["--count", "2", "--interval", "0.1"];
    const [first, second, ...more] = await watch(ledger.sandbox, true, args, (count) => {
      if (count === 1) ledger.task({ facts: { label: "two \u001b[31m" }, started: true });
    });
    expect(more).toEqual([]);
    for (const [screen, table] of [
      [first, /^TASK .*\n.*one\n\nCtrl-C ends\n$/],
      [second, /^TASK .*\n.*two\n.*one\n\nCtrl-C ends\n$/],
    ] as const) {
      expect(screen?.startsWith(CLEAR)).toBe(true);
      const rest = screen?.slice(CLEAR.length) ?? "";
      expect(rest).toMatch(table);
      expect(rest).not.toContain("\u001b");
    }
  });

  it("prints a line for each changed task when stdout is no terminal, or a document with --json", async () => {
    const ledger = new LedgerFixture(useSandbox());
    const one = ledger.task({ facts: { label: "one" }, started: true });
    ledger.task({ facts: { label: "still" }, started: true });
    const args = ["--count", "4", "--interval", "0.1"];
    const lines = await watch(ledger.sandbox, false, args, (count) => {
      if (count === 2) ledger.signal(one, { step: { phase: "testing", update: "half way" } });
    });
    expect(lines.map((line) => /one.*|still/.exec(line)?.[0])).toEqual(["one", "still", "one: half way"]);
    const documents = await watch(ledger.sandbox, false, ["--json", "--count", "1", "--phase", "testing"]);
    expect(documents.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { taskId: one, view: { phase: "testing", latestUpdate: "half way" } },
    ]);
  });

  it("ends on Ctrl-C with exit code 0", async () => {
    const ledger = new LedgerFixture(useSandbox());
    ledger.task({ facts: { label: "one" }, started: true });
    const child = ledger.sandbox.start(["tasks", "watch"], "pipe");
    await once(child.stdout ?? child, "data");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it.each([
    ["--interval", "often"],
    ["--interval", "0"],
    ["--count", "0"],
    ["--since", "noon"],
  ])("rejects %s %s as a usage error", (flag, value) => {
    expect(useSandbox().cli("tasks", "watch", flag, value)).toMatchObject({ code: 2, stdout: "" });
  });
});
