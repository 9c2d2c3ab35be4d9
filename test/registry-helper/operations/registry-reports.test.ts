import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../registry-helper/operations/operation-context.ts";
import type { IndexedContext } from "../../../registry-helper/operations/operation.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { WORKFLOW } from "../../support/operations.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";

const DAY = 86_400_000;

function createRun(): IndexedContext {
  const sandbox = useSandbox();
  sandbox.write("workflows/w.task.md", WORKFLOW);
  const context = createOperationContext(openRegistry({ root: sandbox.root }), { actor: "agent:main:main" });
  const workflowPath = "workflows/w.task.md";
  OPERATIONS["runs.scaffold"](context, { runId: "demo", workflowPath, sourceSessionKey: "agent:main:main" });
  OPERATIONS["runs.next"](context, { runId: "demo", claim: true });
  OPERATIONS["runs.complete"](context, { runId: "demo", nodeId: "dig", result: { points: 7 } });
  return context;
}

it("answers with documents that cross threads and are their own JSON", () => {
  const context = createRun();
  const runId = "demo";
  const out = join(context.registry.root, "demo.jsonl");
  const outcomes = [
    OPERATIONS["runs.fork"](context, { runId, from: "dig", newRunId: "again" }),
    OPERATIONS["runs.compare"](context, { runA: runId, runB: "again" }),
    OPERATIONS["runs.timeline"](context, { runId }),
    OPERATIONS["runs.stats"](context, { workflow: "w", since: "1h" }),
    OPERATIONS["runs.export"](context, { runId, out }),
    OPERATIONS["runs.verify-export"](context, { file: out }),
    OPERATIONS["registry.attention"](context, { limit: 5 }),
    OPERATIONS["registry.doctor"](context, {}),
    OPERATIONS["registry.verify"](context, {}),
    OPERATIONS["registry.repair"](context, { runId }),
    OPERATIONS["registry.prune"](context, { retentionMs: DAY }),
    OPERATIONS["registry.archive"](context, { olderThanMs: DAY }),
    OPERATIONS["workflows.new"](context, { name: "fresh" }),
    OPERATIONS["workflows.list"](context),
    OPERATIONS["workflows.show"](context, { workflow: "fresh" }),
    OPERATIONS["workflows.graph"](context, { run: runId }),
    OPERATIONS["workflows.validate"](context, {}),
  ];
  for (const { document } of outcomes) {
    expect(document).toMatchObject({ ok: true });
    expect(JSON.stringify(structuredClone<object>(document))).toBe(JSON.stringify(document));
  }
});

it("shows suggested commands as the surface calls the helper", () => {
  const context = { ...createRun(), self: "clawtask --registry-root /srv/r" };
  const { items } = OPERATIONS["registry.attention"](context, {}).document;
  expect(items.map(({ command }) => command)).toEqual([
    "clawtask --registry-root /srv/r next demo",
    "clawtask --registry-root /srv/r show demo",
  ]);
});

it("archives the runs that can be, and says which could not", () => {
  const context = createRun();
  OPERATIONS["runs.control"](context, { runId: "demo", action: "cancel" });
  const { document } = OPERATIONS["registry.archive"](context, { runIds: ["demo", "gone"] });
  expect(document).toMatchObject({
    ok: false,
    runs: [
      { runId: "demo", ok: true, changed: true },
      { runId: "gone", ok: false, error: { code: "run_not_found" } },
    ],
  });
});

describe("a check that every surface shares", () => {
  it.each<[string, (context: IndexedContext) => unknown]>([
    ["argument --limit: a whole number", (context) => OPERATIONS["registry.attention"](context, { limit: 0 })],
    ["required: run_id, or --older-than", (context) => OPERATIONS["registry.archive"](context, {})],
    [
      "argument --undo: name the runs",
      (context) => OPERATIONS["registry.archive"](context, { undo: true, olderThanMs: DAY }),
    ],
    [
      "argument --older-than: a time such as",
      (context) => OPERATIONS["registry.archive"](context, { olderThanMs: -DAY }),
    ],
    [
      "argument --expected-revision: for one run",
      (context) => OPERATIONS["registry.archive"](context, { olderThanMs: DAY, expectedRevision: 1 }),
    ],
    ["argument --retention: a time such as", (context) => OPERATIONS["registry.prune"](context, { retentionMs: -DAY })],
    ["argument --since: ", (context) => OPERATIONS["runs.stats"](context, { workflow: "w", since: "soon" })],
    ["required: workflow, or --run", (context) => OPERATIONS["workflows.graph"](context, {})],
    [
      "argument --template: invalid choice: 'nope'",
      (context) => OPERATIONS["workflows.new"](context, { name: "x", template: "nope" }),
    ],
  ])("rejects with: %s", (message, call) => {
    const context = createRun();
    expect(() => call(context)).toThrow(expect.objectContaining({ code: "usage" }));
    expect(() => call(context)).toThrow(message);
  });
});
