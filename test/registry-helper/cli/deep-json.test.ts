import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openRegistryApi } from "../../../registry-helper/api/open-registry.ts";
import { MAX_FILE_BYTES, MAX_JSON_DEPTH, MAX_JSON_FILE_BYTES } from "../../../registry-helper/model/limits.ts";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";

const nested = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
function useClaimedRun(): RegistrySandbox {
  const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b" }] });
  sandbox.ok("transition-node", "demo", "a", "running");
  sandbox.write("runs/demo/nodes/a/report.md", "done");
  return sandbox;
}

/** Every way by which JSON of agents and people comes in; `depth` levels of it. */
const READERS: Record<string, (sandbox: RegistrySandbox, json: string) => string[]> = {
  "--payload-json": (_sandbox, json) => ["progress", "demo", "x", "--payload-json", json],
  "--payload-json of an event": (_sandbox, json) => ["emit", "demo", "deployed", "--payload-json", json],
  "--result-json": (_sandbox, json) => ["result", "demo", "a", "--result-json", json],
  "--result-file": (sandbox, json) => {
    sandbox.write("given.json", json);
    return ["complete", "demo", "a", "--result-file", sandbox.path("given.json")];
  },
  "result.json": (sandbox, json) => {
    sandbox.write("runs/demo/nodes/a/result.json", json);
    return ["complete", "demo", "a"];
  },
  "--spec-file": (sandbox, json) => {
    sandbox.write("spec.json", `{"workflowId":"s","title":"S","extra":${json},"nodes":[]}`);
    return [
      ...["scaffold", "--workflow-path", "workflows/demo-flow.task.md", "--run-id", "r2"],
      ...["--source-session-key", "s", "--spec-file", sandbox.path("spec.json")],
    ];
  },
  "--delivery-context-json": (_sandbox, json) => [
    ...["scaffold", "--workflow-path", "workflows/demo-flow.task.md", "--run-id", "r2"],
    ...["--source-session-key", "s", "--delivery-context-json", json],
  ],
  "--set-json": (_sandbox, json) => [
    ...["scaffold", "--workflow-path", "workflows/demo-flow.task.md", "--run-id", "r2"],
    ...["--source-session-key", "s", "--set-json", json],
  ],
  "--node-json": (_sandbox, json) => ["add-node", "demo", "--node-json", `{"id":"c","metadata":${json}}`],
  "--data-json": (_sandbox, json) => ["approve", "demo", "b", "--data-json", json],
  "--patch-json": (_sandbox, json) => ["patch-cron", "demo", "--patch-json", json],
};

describe.each([MAX_JSON_DEPTH + 1, 2_800, 7_000, 50_000])("JSON nested %d levels deep", (depth) => {
  it.each(Object.keys(READERS))("in %s is refused with a code, and the state stays small", (name) => {
    const sandbox = useClaimedRun();
    const { code, stderr } = sandbox.cli(...(READERS[name]?.(sandbox, nested(depth)) ?? []));
    expect(stderr).toMatch(/levels deep/);
    expect(stderr).toMatch(/code: (too_large|result_invalid)/);
    expect(stderr).not.toMatch(/\n\s+at |internal/);
    expect(code).toBe(1);
    expect(statSync(sandbox.path("runs/demo/state.json")).size).toBeLessThan(10_000);
  });

  it("in a line of control.jsonl is refused alone", () => {
    const sandbox = useClaimedRun();
    sandbox.append("runs/demo/control.jsonl", `{"action":"note","message":"x","patch":${nested(depth)}}\n`);
    sandbox.append("runs/demo/control.jsonl", `{"action":"note","message":"good"}\n`);
    sandbox.ok("tick", "demo");
    expect(sandbox.state("demo").notes).toEqual([expect.stringMatching(/good$/)]);
    expect(sandbox.events("demo").find(({ event }) => event === "control.rejected")).toMatchObject({
      code: "too_large",
    });
  });

  it("in a call of the library is refused with a code", () => {
    const sandbox = useClaimedRun();
    const registry = openRegistryApi({ root: sandbox.root });
    const payload = JSON.parse(nested(depth)) as never;
    expect(() => registry.runs.progress({ runId: "demo", message: "x", payload })).toThrow(/nested at most 64 levels/);
  });
});

describe("a file of the registry that is nested too deeply", () => {
  const DEEP = nested(50_000);
  it.each([
    ["runs/demo/events.jsonl", (text: string) => text.replace('"payload": {}', `"payload": ${DEEP}`)],
    ["runs/demo/state.json", (text: string) => text.replace('"notes": []', `"notes": [${DEEP}]`)],
    ["runs/demo/refs.json", (text: string) => text.replace('"deliveryContext": null', `"deliveryContext": ${DEEP}`)],
    ["runs/demo/prompts.json", () => DEEP],
    ["runs/demo/control.jsonl", () => `${DEEP}\n`],
    [".gateway.json", () => DEEP],
  ])("(%s) is no stack trace to any command", (path, change) => {
    const sandbox = useClaimedRun();
    let before = "";
    try {
      before = sandbox.text(path);
    } catch {
      // It is not there yet.
    }
    sandbox.write(path, change(before));
    for (const command of [
      "show demo",
      "list",
      "attention",
      "doctor",
      "next demo",
      "validate demo",
      "verify",
      "repair demo",
      "tick --all",
    ]) {
      const { code, stderr } = sandbox.cli(...command.split(" "));
      expect(stderr, command).not.toMatch(/\n\s+at |code: internal/);
      expect([0, 1], command).toContain(code);
    }
  });
});

describe("a file that is larger than what is read", () => {
  it.each(["--result-file", "--spec-file"])("is refused by %s before it is read", (name) => {
    const sandbox = useClaimedRun();
    const args = READERS[name]?.(sandbox, `"${"x".repeat(MAX_JSON_FILE_BYTES)}"`) ?? [];
    expect(sandbox.cli(...args).stderr).toMatch(
      new RegExp(`at most ${MAX_JSON_FILE_BYTES} are read\\n {2}code: too_large`),
    );
  });

  it("leaves its own record unreadable", () => {
    expect(MAX_FILE_BYTES).toBeLessThan(2 ** 29);
  });
});
