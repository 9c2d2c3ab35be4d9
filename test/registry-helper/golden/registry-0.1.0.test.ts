import { mkdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

/** A registry that version 0.1.0 wrote, and what its own commands said of it. */
const GOLDEN = JSON.parse(readFileSync(new URL("registry-0.1.0.json", import.meta.url), "utf8")) as {
  files: Record<string, string>;
  emptyFolders: string[];
  expected: {
    runs: Record<string, { status: string }>;
    refs: Record<string, object>;
    tasks: { taskId: string; status: string; delivery: string | null }[];
    flows: { flowId: string; status: string }[];
  };
};
const { expected } = GOLDEN;

function useGoldenRegistry(): RegistrySandbox {
  const sandbox = useSandbox();
  for (const [path, text] of Object.entries(GOLDEN.files)) sandbox.write(path, text);
  for (const path of GOLDEN.emptyFolders) mkdirSync(sandbox.path(path), { recursive: true });
  return sandbox;
}

describe("a registry that version 0.1.0 wrote", () => {
  it("verifies: every projection is what its journal says, byte by byte", () => {
    const { json } = useGoldenRegistry().ok("verify", "--json");
    expect(json).toMatchObject({ ok: true, ledger: [] });
  });

  it("shows every run as before", () => {
    const sandbox = useGoldenRegistry();
    for (const [runId, state] of Object.entries(expected.runs)) {
      const { json } = sandbox.ok("show", runId, "--json");
      expect(json).toMatchObject({ state, refs: expected.refs[runId] });
      expect(sandbox.ok("validate", runId, "--json").json).toMatchObject({ ok: true });
    }
  });

  it("lists every task and every flow as before", () => {
    const sandbox = useGoldenRegistry();
    const { json } = sandbox.ok("tasks", "list", "--all", "--limit", "500", "--json");
    const { tasks } = json as { tasks: { taskId: string; delivery: { state: string } | null }[] };
    const shown = new Map(tasks.map((task) => [task.taskId, { ...task, delivery: task.delivery?.state ?? null }]));
    expect(shown.size).toBe(expected.tasks.length);
    for (const task of expected.tasks) expect(shown.get(task.taskId)).toMatchObject(task);
    expect(sandbox.ok("flows", "list", "--limit", "100", "--json").json).toMatchObject({ flows: expected.flows });
  });

  it("can be continued: runs, tasks and flows take changes, and all of it still verifies", () => {
    const sandbox = useGoldenRegistry();
    sandbox.ok("progress", "report-mosses", "half of it is read");
    sandbox.ok("resume", "release-2.4.0", "--by", "ana");
    sandbox.ok("next", "review-billing", "--claim");
    const undelivered = expected.tasks.find(({ delivery }) => delivery === "failed");
    sandbox.ok("tasks", "dismiss", undelivered?.taskId ?? "");
    const flow = expected.flows.find(({ flowId, status }) => !flowId.startsWith("run:") && status === "running");
    sandbox.ok("flows", "update", flow?.flowId ?? "", "--update", "still at it");
    expect(sandbox.state("report-mosses")["lastProgressMessage"]).toBe("half of it is read");
    expect(sandbox.ok("verify", "--json").json).toMatchObject({ ok: true });
  });
});
