import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toJsonLine } from "../../../registry-helper/model/json.ts";
import { repairFlow } from "../../../registry-helper/operations/maintenance/repair-flow.ts";
import { repairRun } from "../../../registry-helper/operations/maintenance/repair-run.ts";
import { verifyFlow } from "../../../registry-helper/operations/maintenance/verify-flow.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { controlRun } from "../../../registry-helper/operations/runs/control-run.ts";
import { commitFlow, loadFlow, createFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRunAt } from "../../../registry-helper/registry/run-history.ts";
import { commitRun, loadRun } from "../../../registry-helper/registry/run-store.ts";
import { withoutSeal } from "../../../registry-helper/storage/journal-chain.ts";
import { EMPTY_RUN, foldRun } from "../../../registry-helper/storage/run-fold.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";

const EVENTS = "runs/demo/events.jsonl";

interface Torn {
  sandbox: RegistrySandbox;
  registry: Registry;
  /** The journal before the operation, and the lines of the operation. */
  before: string;
  lines: string[];
  old: unknown;
}

/** A run in whose journal an operation of several lines has just been written; its projections are behind. */
function skipped(key?: string): Torn {
  const sandbox = useRun({ nodes: chain("a", "b", "c") });
  const registry = openRegistry({ root: sandbox.root });
  const [before, state] = [sandbox.text(EVENTS), sandbox.text("runs/demo/state.json")];
  const old = loadRun(registry, "demo").run;
  controlRun(registry, "demo", { action: "skip", by: "ana", nodeId: "a", key });
  const lines = sandbox
    .text(EVENTS)
    .slice(before.length)
    .split(/(?<=\n)/);
  expect(lines.length).toBeGreaterThan(2);
  // The journal is flushed before the projections are written.
  sandbox.write("runs/demo/state.json", state);
  rmSync(sandbox.run("demo", "keys.idx"), { force: true });
  return { sandbox, registry, before, lines, old };
}

const progress = { type: "progress", message: "on", payload: {} } as const;

describe("an operation with only its first lines on disk", () => {
  it.each([
    ["with a key", "k"],
    ["without a key", undefined],
  ])("is ignored for any number of lines, and the next change voids it with a notice (%s)", (_what, key) => {
    for (let retained = 1; retained < skipped(key).lines.length; retained += 1) {
      const { sandbox, registry, before, lines, old } = skipped(key);
      sandbox.write(EVENTS, before + lines.slice(0, retained).join(""));
      expect(loadRun(registry, "demo").run).toEqual(old);
      const { notices, events } = commitRun(registry, "demo", { command: progress });
      expect(notices[0]).toContain("bytes of an unfinished write");
      expect(events[0]?.seq).toBe(before.split("\n").length);
      expect(verifyRun(registry, "demo")).toMatchObject({ ok: true, differences: [] });
      controlRun(registry, "demo", { action: "skip", by: "ana", nodeId: "a", key });
      expect(sandbox.getStatus("demo", "a")).toBe("skipped");
      expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
    }
  });

  it("is also voided by repair", () => {
    const { sandbox, registry, before, lines } = skipped();
    sandbox.write(EVENTS, before + (lines[0] ?? ""));
    expect(repairRun(registry, "demo", { apply: true }).map(({ action }) => action)).toContain("cut_tail");
    expect(sandbox.text(EVENTS).slice(0, before.length)).toBe(before);
    expect(sandbox.text(EVENTS).slice(before.length)).toMatch(/^\t*\n$/);
    expect(verifyRun(registry, "demo")).toMatchObject({ ok: true, differences: [] });
  });

  it("is also ignored in a flow", () => {
    const sandbox = useSandbox();
    const registry = openRegistry({ root: sandbox.root });
    const { flowId } = createFlow(registry, { facts: { title: "Told", ownerSessionKey: "agent:main:main" } }).flow;
    const file = `flows/${flowId}/events.jsonl`;
    const before = sandbox.text(file);
    const projection = sandbox.text(`flows/${flowId}/flow.json`);
    const old = loadFlow(registry, flowId);
    commitFlow(registry, { command: { type: "finish", flowId, result: "done" } });
    const [first = "", ...others] = sandbox
      .text(file)
      .slice(before.length)
      .split(/(?<=\n)/);
    expect(others.length).toBeGreaterThan(0);
    sandbox.write(file, before + first);
    sandbox.write(`flows/${flowId}/flow.json`, projection);
    expect(loadFlow(registry, flowId)).toEqual(old);
    expect(repairFlow(registry, flowId, { apply: false }).map(({ action }) => action)).toContain("cut_tail");
    commitFlow(registry, { command: { type: "update", flowId, update: "on" } });
    expect(sandbox.text(file)).not.toContain("flow.ended");
    expect(verifyFlow(registry, flowId)).toMatchObject({ ok: true, differences: [] });
  });

  it("stays when a repair blanked one of its lines, and the other lines count", () => {
    const { sandbox, registry, before, lines } = skipped();
    const last = lines.at(-1) ?? "";
    sandbox.write(EVENTS, before + lines.slice(0, -1).join("") + `${" ".repeat(last.length - 1)}\n`);
    const fold = foldRun(registry.fs, sandbox.path(EVENTS), EMPTY_RUN);
    expect(fold.size).toBe(sandbox.bytes(EVENTS).length);
    expect(fold.seq).toBe(before.split("\n").length + lines.length - 2);
  });

  it("can be loaded at each of its lines", () => {
    const { registry, before, lines } = skipped();
    const first = before.split("\n").length;
    for (const index of lines.keys())
      expect(loadRunAt(registry, "demo", { seq: first + index })?.seq).toBe(first + index);
  });
});

/** A line of somebody else at the place of another. */
function competing(line: string): string {
  const event = { ...(JSON.parse(line) as object), event: "run.progress", span: undefined };
  return toJsonLine(withoutSeal(event));
}

describe("an operation that was appended after a competing one", () => {
  it("is void as a whole, including lines that would fit after the other one", () => {
    const { sandbox, registry, before, lines } = skipped();
    const at = before.split("\n").length;
    const other = competing(lines[0] ?? "");
    sandbox.write(EVENTS, `${before}${other}\n${lines.join("")}`);
    const fold = foldRun(registry.fs, sandbox.path(EVENTS), EMPTY_RUN);
    expect(fold).toMatchObject({ seq: at, voidLines: lines.length, size: sandbox.bytes(EVENTS).length });
    expect(commitRun(registry, "demo", { command: progress }).events[0]?.seq).toBe(at + 1);
    expect(verifyRun(registry, "demo")).toMatchObject({ ok: true, differences: [], voidLines: lines.length });
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
  });

  it("is voided when it is incomplete, so that no later line is read as part of it", () => {
    const { sandbox, registry, before, lines } = skipped();
    const other = competing(lines[0] ?? "");
    const sound = `${before}${other}\n`;
    sandbox.write(EVENTS, sound + lines.slice(0, 2).join(""));
    commitRun(registry, "demo", { command: progress });
    expect(sandbox.text(EVENTS).startsWith(sound)).toBe(true);
    expect(sandbox.text(EVENTS).slice(sound.length)).toMatch(/^\t*\n{"event": "run\.progress"[^\n]*\n$/);
    expect(verifyRun(registry, "demo")).toMatchObject({ ok: true, differences: [], voidLines: 0 });
  });
});
