import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";

const JOURNAL = "runs/demo/events.jsonl";

/** A run with some history, and a second one that must never notice. */
function withHistory(): RegistrySandbox {
  const sandbox = useRun({ nodes: chain("a", "b") });
  sandbox.scaffold("other", "workflows/demo-flow.task.md");
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.ok("bind", "demo", "node-session", "--node-id", "a", "--value", "s-1", "--key", "bind-1");
  sandbox.ok("progress", "demo", "one", "--key", "p-1");
  sandbox.ok("transition-node", "demo", "a", "completed");
  return sandbox;
}

function damageLine(sandbox: RegistrySandbox, index: number): void {
  const lines = sandbox.text(JOURNAL).split("\n");
  lines[index] = `#${(lines[index] ?? "").slice(1)}`;
  sandbox.write(JOURNAL, lines.join("\n"));
}

describe("a corrupt line in the middle of a journal", () => {
  it.each([0, 2, 4])("is found by verify and validate, listed by repair, and fixed by --apply (line %d)", (index) => {
    const sandbox = withHistory();
    damageLine(sandbox, index);
    const before = sandbox.bytes(JOURNAL);

    expect(sandbox.cli("validate", "demo")).toMatchObject({ code: 1, json: { ok: false } });
    expect(sandbox.cli("verify", "demo").stdout).toMatch(/the line at byte \d+ is not JSON/);
    const shown = sandbox.ok("repair", "demo");
    expect(shown.stdout).toMatch(/blank the unreadable line at byte \d+ \(\d+ bytes, kept in\s+events\.damaged\)/);
    expect(shown.stdout).toContain("nothing is changed yet");
    expect(sandbox.bytes(JOURNAL)).toEqual(before);

    expect(sandbox.ok("repair", "demo", "--apply", "--json").json).toMatchObject({
      ok: true,
      applied: true,
      actions: [{ action: "blank_line" }, { action: "take_over_state" }],
    });
    expect(sandbox.text("runs/demo/events.damaged")).toMatch(/^#.*\n$/);
    expect(sandbox.ok("verify").stdout).toContain("2 runs and the ledger agree");
    expect(sandbox.ok("repair", "demo").stdout).toContain("needs no repair");
    expect(sandbox.state("demo")).toMatchObject({
      nodes: [{ status: "completed", sessionKey: "s-1" }, { status: "ready" }],
      lastProgressMessage: "one",
    });
    sandbox.ok("transition-node", "demo", "b", "running");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
  });

  it("not covered by state.json makes its run unusable until a repair, without affecting others", () => {
    const sandbox = withHistory();
    damageLine(sandbox, 3);
    rmSync(sandbox.run("demo", "state.json"));
    const result = sandbox.cli("progress", "demo", "x");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/code: journal_corrupt\n {2}next: .*repair/);
    expect(sandbox.ok("list").stdout).toMatch(/demo\s+unreadable!/);
    expect(sandbox.ok("progress", "other", "x").code).toBe(0);
    expect(sandbox.cli("doctor").stdout).toContain("repair demo");

    sandbox.ok("repair", "demo", "--apply");
    expect(sandbox.ok("progress", "demo", "goes on").code).toBe(0);
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("is also reported when the line is missing", () => {
    const sandbox = withHistory();
    const lines = sandbox.text(JOURNAL).split("\n");
    sandbox.write(JOURNAL, [...lines.slice(0, 3), ...lines.slice(4)].join("\n"));
    expect(sandbox.cli("verify", "demo").stdout).toMatch(/has position 5 where 4 was expected/);
  });
});

describe("a torn tail", () => {
  it.each([
    "{",
    '{"event": "run.progress", "time',
    "\0\0\0\0",
    `{"event": "run.progress", "x": "${"y".repeat(300_000)}`,
  ])("is voided by the next change and reported once", (tail) => {
    const sandbox = withHistory();
    const whole = sandbox.bytes(JOURNAL);
    sandbox.append(JOURNAL, tail);
    expect(sandbox.ok("show", "demo").code).toBe(0);
    expect(sandbox.cli("validate", "demo").json).toMatchObject({
      ok: false,
      issues: [`events.jsonl ends in ${tail.length} bytes of an unfinished write; the next change voids them`],
    });
    expect(sandbox.ok("progress", "demo", "next").stderr).toContain(`voided ${tail.length} bytes`);
    expect(sandbox.bytes(JOURNAL).subarray(0, whole.length)).toEqual(whole);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("is also voided by repair", () => {
    const sandbox = withHistory();
    sandbox.append(JOURNAL, "{torn");
    expect(sandbox.ok("repair", "demo", "--json").json).toMatchObject({ actions: [{ action: "cut_tail" }] });
    sandbox.ok("repair", "demo", "--apply");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
  });
});

describe("a registry of a newer ClawTask", () => {
  it("is rejected with the advice to update, in the journal and in state.json", () => {
    const sandbox = withHistory();
    const state = sandbox.text("runs/demo/state.json");
    const expectRefused = (): void => {
      const result = sandbox.cli("progress", "demo", "x");
      expect(result).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toMatch(
        /written by a newer ClawTask \(schema 2, this one knows 1\)\n {2}code: registry_too_new\n {2}next: update/,
      );
    };
    sandbox.write("runs/demo/state.json", state.replace('"schema": 1', '"schema": 2'));
    expectRefused();
    sandbox.write("runs/demo/state.json", state);
    const before = sandbox.bytes(JOURNAL);
    sandbox.append(
      JOURNAL,
      '{"event": "run.adopted", "timestamp": "2026-11-21T00:00:00.000000+00:00", "runId": "demo", "payload": {}, "seq": 8, "schema": 2}\n',
    );
    expectRefused();
    expect(sandbox.bytes(JOURNAL).subarray(0, before.length)).toEqual(before);
    expect(sandbox.ok("progress", "other", "x").code).toBe(0);
  });
});

/** HALF and SAME stand for what depends on the text that is there. */
function damaged(text: string, content: string): string {
  if (content === "HALF") return text.slice(0, text.length / 2);
  return content === "SAME" ? "#".repeat(text.length) : content;
}

describe("a projection", () => {
  const files = ["state.json", "refs.json", "keys.idx"];
  it.each<[string, string | undefined]>([
    ["deleted", undefined],
    ["emptied", ""],
    ["turned to garbage", "\u0000garbage\u0000"],
    ["turned to garbage of the same length", "SAME"],
    ["turned into another document", "{}"],
    ["turned into a list", "[]"],
    ["cut in the middle", "HALF"],
  ])("that is %s is restored by the next change and equals the journal", (_what, content) => {
    for (const file of files) {
      const sandbox = withHistory();
      const text = sandbox.text(`runs/demo/${file}`);
      if (content === undefined) rmSync(sandbox.run("demo", file));
      else sandbox.write(`runs/demo/${file}`, damaged(text, content));
      expect(sandbox.cli("verify", "demo").stdout, file).toContain(`${file} differs from the journal`);

      // With a key, since only keyed commands look at keys.idx.
      expect(sandbox.ok("progress", "demo", "one", "--key", "p-1").json, file).toMatchObject({ event: { seq: 5 } });
      sandbox.ok("progress", "demo", "new", "--key", "p-2");
      expect(sandbox.ok("verify", "demo").stdout, file).toContain("1 run and the ledger agree");
      expect(sandbox.refs("demo").nodeSessions, file).toEqual({ a: "s-1" });
      expect(sandbox.ok("validate", "demo").json, file).toMatchObject({ ok: true });
    }
  });

  it("is restored completely by repair when all its files are missing", () => {
    const sandbox = withHistory();
    const before = files.map((file) => sandbox.text(`runs/demo/${file}`));
    for (const file of files) rmSync(sandbox.run("demo", file));
    expect(sandbox.ok("repair", "demo").stdout).toContain("rebuild: state.json differs");
    sandbox.ok("repair", "demo", "--apply");
    expect(files.map((file) => sandbox.text(`runs/demo/${file}`))).toEqual(before);
  });

  it("that was edited by hand is found by verify and restored by repair", () => {
    const sandbox = withHistory();
    sandbox.write(
      "runs/demo/state.json",
      sandbox.text("runs/demo/state.json").replace('"status": "completed"', '"status": "skipped"'),
    );
    expect(sandbox.cli("verify", "demo").code).toBe(1);
    expect(sandbox.cli("validate", "demo").json).toMatchObject({ ok: false });
    sandbox.ok("repair", "demo", "--apply");
    expect(sandbox.getStatus("demo", "a")).toBe("completed");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
  });
});

describe("index.sqlite", () => {
  it.each<[string, (sandbox: RegistrySandbox) => void]>([
    ["deleted", (sandbox) => rmSync(sandbox.path("index.sqlite"))],
    [
      "no database",
      (sandbox) => sandbox.write("index.sqlite", "not a database at all, but long enough to be looked at"),
    ],
    ["emptied", (sandbox) => sandbox.write("index.sqlite", "")],
    [
      "broken in the middle",
      (sandbox) => sandbox.write("index.sqlite", sandbox.bytes("index.sqlite").fill(0x5a, 4096)),
    ],
    ["cut in the middle", (sandbox) => sandbox.write("index.sqlite", sandbox.bytes("index.sqlite").subarray(0, 9000))],
  ])("that is %s is rebuilt", (_what, damage) => {
    const sandbox = withHistory();
    const list = (): unknown => sandbox.ok("list", "--json").json;
    const before = list();
    for (const suffix of ["-wal", "-shm"]) rmSync(sandbox.path(`index.sqlite${suffix}`), { force: true });
    damage(sandbox);
    expect(list()).toEqual(before);
    expect(sandbox.ok("list").stderr).toBe("");
    expect(list()).toEqual(before);
    expect(existsSync(sandbox.path("index.sqlite"))).toBe(true);
  });
});
