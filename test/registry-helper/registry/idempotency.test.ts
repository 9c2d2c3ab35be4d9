import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";

const COMMANDS: [string, string[]][] = [
  ["progress", ["progress", "demo", "half way", "--payload-json", '{"id": 12345678901234567890123, "t": "é"}']],
  ["bind", ["bind", "demo", "child-session", "--node-id", "a", "--value", "child-1"]],
  ["transition-node", ["transition-node", "demo", "a", "failed", "--message", "broken"]],
  [
    "scaffold",
    ["scaffold", "--workflow-path", "workflows/demo-flow.task.md", "--run-id", "keyed", "--source-session-key", "k"],
  ],
];

const journals = (sandbox: RegistrySandbox): string =>
  sandbox.text("runs/demo/events.jsonl") +
  (sandbox.cli("show", "keyed").code === 0 ? sandbox.text("runs/keyed/events.jsonl") : "");

describe.each(COMMANDS)("%s with a key", (command, args) => {
  it("returns the first answer byte for byte when it is repeated, and writes nothing", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    const first = sandbox.ok(...args, "--key", "k1");
    if (command !== "scaffold") sandbox.ok("progress", "demo", "something in between");
    const before = journals(sandbox);
    const again = sandbox.ok(...args, "--key", "k1");
    expect(again.stdout).toBe(first.stdout);
    expect(journals(sandbox)).toBe(before);
  });

  it("is rejected as a conflict when the key was used for another command", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    sandbox.ok(...args, "--key", "k1");
    const before = journals(sandbox);
    const other =
      command === "scaffold" ? [...args, "--source-agent-id", "other"] : ["progress", "demo", "another command"];
    const result = sandbox.cli(...other, "--key", "k1");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain(command === "scaffold" ? "code: run_exists" : "code: idempotency_conflict");
    expect(journals(sandbox)).toBe(before);
  });

  it("is recognized when keys.idx is missing", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    const first = sandbox.ok(...args, "--key", "k1");
    const runId = command === "scaffold" ? "keyed" : "demo";
    rmSync(sandbox.run(runId, "keys.idx"));
    const before = journals(sandbox);
    expect(sandbox.ok(...args, "--key", "k1").stdout).toBe(first.stdout);
    expect(journals(sandbox)).toBe(before);
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("is recognized when keys.idx has a wrong position", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    const first = sandbox.ok(...args, "--key", "k1");
    const path = `runs/${command === "scaffold" ? "keyed" : "demo"}/keys.idx`;
    sandbox.write(path, sandbox.text(path).replace(/\d{12}\n/, "000000000007\n"));
    expect(sandbox.ok(...args, "--key", "k1").stdout).toBe(first.stdout);
  });
});

describe("keys", () => {
  it("cover the nodes that an operation promotes, so a repeat returns the complete answer", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    sandbox.ok("transition-node", "demo", "a", "running");
    const done = ["transition-node", "demo", "a", "completed", "--key", "done-a"];
    const first = sandbox.ok(...done);
    sandbox.ok("transition-node", "demo", "b", "running");
    expect(sandbox.ok(...done).stdout).toBe(first.stdout);
    expect(first.json).toMatchObject({ events: [{ event: "node.completed", span: 2 }, { event: "node.ready" }] });
  });

  it("have one namespace per run", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    sandbox.scaffold("other", "workflows/demo-flow.task.md");
    sandbox.ok("progress", "demo", "x", "--key", "same");
    expect(sandbox.ok("progress", "other", "y", "--key", "same").json).toMatchObject({ event: { message: "y" } });
  });

  it("of 300 operations are all found in any order", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    const lines = Array.from({ length: 300 }, (_, index) => index);
    // Written as the journal would have them, folded by the next command.
    const stamp = (index: number): string => `2099-01-01T00:00:00.${String(index).padStart(6, "0")}+00:00`;
    sandbox.append(
      "runs/demo/events.jsonl",
      lines
        .map(
          (index) =>
            `{"event": "run.progress", "timestamp": "${stamp(index)}", "runId": "demo", "payload": {}, "message": "m${index}", "seq": ${index + 3}, "key": "k${index}", "digest": "d", "span": 1}\n`,
        )
        .join(""),
    );
    sandbox.ok("progress", "demo", "x");
    for (const index of [299, 0, 150])
      expect(sandbox.cli("progress", "demo", "x", "--key", `k${index}`).stderr).toContain("idempotency_conflict");
    expect(sandbox.ok("verify").code).toBe(0);
  });
});
