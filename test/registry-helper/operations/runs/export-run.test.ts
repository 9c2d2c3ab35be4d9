import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun } from "../../../support/registry-sandbox.ts";
import { chain } from "../../../support/workflow-text.ts";

function exported(): { sandbox: RegistrySandbox; file: string; lines: () => string[] } {
  const sandbox = useRun({ nodes: chain("a", "b") });
  sandbox.ok("transition-node", "demo", "a", "running", "--message", "grüße \u2028 12345678901234567890");
  sandbox.write("runs/demo/nodes/a/report.md", "grüße\n");
  sandbox.write("runs/demo/nodes/a/picture.png", Buffer.from([0x89, 0x50, 0xff, 0x00]));
  symlinkSync("/etc/passwd", sandbox.run("demo", "nodes/a/link.md"));
  symlinkSync("/etc", sandbox.run("demo", "nodes/etc"));
  const file = sandbox.path("demo.jsonl");
  sandbox.ok("export", "demo", "--out", file);
  return { sandbox, file, lines: () => readFileSync(file, "utf8").trimEnd().split("\n") };
}

describe("export", () => {
  it("contains every event and file of the run, and no file from outside", () => {
    const { sandbox, file, lines } = exported();
    const parsed = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed[0]).toMatchObject({ kind: "header", format: "clawtask-export", runId: "demo", status: "running" });
    expect(parsed.filter(({ kind }) => kind === "event")).toHaveLength(sandbox.events("demo").length);
    const files = parsed.filter(({ kind }) => kind === "file");
    expect(files.map(({ path }) => path)).toEqual([
      ...["control.jsonl", "nodes/a/picture.png", "nodes/a/report.md", "refs.json", "state.json", "workflow.lock.md"],
    ]);
    expect(files[1]).toMatchObject({ size: 4, base64: "iVD/AA==" });
    expect(files[2]).toMatchObject({ size: 8, text: "grüße\n" });
    expect(parsed.at(-1)).toMatchObject({ kind: "end", files: 6 });
    expect(sandbox.ok("export", "--verify", file, "--json").json).toMatchObject({ ok: true, runId: "demo", files: 6 });
    expect(sandbox.ok("export", "demo", "--out", "-").stdout.split("\n").length).toBe(lines().length + 1);
  });

  it("does not overwrite a file and creates none for an unknown run", () => {
    const { sandbox, file } = exported();
    expect(sandbox.cli("export", "demo", "--out", file)).toMatchObject({ code: 2 });
    expect(sandbox.cli("export", "nothing", "--out", "x.jsonl").stderr).toContain("run_not_found");
    expect(sandbox.cli("export", "--verify", "x.jsonl").stderr).toContain("invalid_path");
    expect(sandbox.cli("export")).toMatchObject({ code: 2 });
  });

  it("detects any change with --verify", () => {
    const { sandbox, file, lines } = exported();
    const whole = lines();
    const at = (kind: string): number => whole.findIndex((line) => line.startsWith(`{"kind":"${kind}"`));
    const event = whole.findIndex((line) => line.includes("node.started"));
    const changed: [string, string[], RegExp][] = [
      [
        "an event",
        whole.with(event, (whole[event] ?? "").replace("node.started", "node.skipped")),
        /journal.*\n.*changed/,
      ],
      ["a file", whole.with(at("file") + 2, (whole[at("file") + 2] ?? "").replace("grü", "gru")), /report\.md is not/],
      [
        "a path",
        whole.with(at("file"), (whole[at("file")] ?? "").replace("control.jsonl", "../../x")),
        /leaves the run/,
      ],
      ["a line gone", whole.toSpliced(event, 1), /events and 6 files were written/],
      ["its end gone", whole.slice(0, -1), /end is missing/],
      ["more behind it", [...whole, "{}"], /behind the end/],
      ["nonsense", whole.with(1, "what?"), /line 2: is no line/],
    ];
    for (const [, text, problem] of changed) {
      writeFileSync(file, `${text.join("\n")}\n`);
      const result = sandbox.cli("export", "--verify", file);
      expect(result.code).toBe(1);
      expect(result.stdout).toMatch(problem);
    }
  });
});
