import { expect, it, onTestFinished } from "vitest";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { OPERATIONS } from "../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../registry-helper/operations/operation-context.ts";
import type { IndexedContext } from "../../../registry-helper/operations/operation.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { WORKFLOW } from "../../support/operations.ts";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";

const SCAFFOLD = { runId: "demo", workflowPath: "workflows/w.task.md", sourceSessionKey: "agent:main:main" };

function createRun(): IndexedContext {
  const sandbox = new RegistrySandbox();
  onTestFinished(() => sandbox.dispose());
  sandbox.write("workflows/w.task.md", WORKFLOW);
  const context = createOperationContext(openRegistry({ root: sandbox.root }), { actor: "agent:main:main" });
  OPERATIONS["runs.scaffold"](context, SCAFFOLD);
  return context;
}

it("lists the operations by their names, in order", () => {
  const names = Object.keys(OPERATIONS);
  expect(names).toEqual([...names].sort());
});

it("drives a run by documents that cross threads and are their own JSON", () => {
  const context = createRun();
  const runId = "demo";
  const dig = { runId, nodeId: "dig" };
  const outcomes = [
    OPERATIONS["runs.claim"](context, { runId, nodeIds: ["dig"], leaseMs: 60_000 }),
    OPERATIONS["runs.brief"](context, dig),
    OPERATIONS["runs.bind"](context, { ...dig, kind: "child-session", value: "child-1" }),
    OPERATIONS["runs.unbind"](context, { ...dig, kind: "child-session" }),
    OPERATIONS["runs.progress"](context, { runId, message: "half way" }),
    OPERATIONS["runs.result"](context, { ...dig, result: { points: 7 } }),
    OPERATIONS["runs.complete"](context, { ...dig, claimNext: true }),
    OPERATIONS["runs.control"](context, { runId, action: "approve", nodeId: "ask", message: "yes" }),
    OPERATIONS["runs.emit"](context, { runId, event: "deployed" }),
    OPERATIONS["runs.tick"](context, { runId }),
    OPERATIONS["runs.next"](context, { runId, claim: true }),
    OPERATIONS["runs.transition-node"](context, { runId, nodeId: "end", status: "running" }),
    OPERATIONS["runs.fail"](context, { runId, nodeId: "end", message: "no" }),
    OPERATIONS["runs.events"](context, { runId, after: 1 }),
    OPERATIONS["runs.show"](context, { runId, at: "2" }),
    OPERATIONS["runs.list"](context, { since: "1h" }),
    OPERATIONS["runs.validate"](context, { runId }),
  ];
  for (const { document } of outcomes) {
    expect(document).toMatchObject({ ok: true });
    expect(JSON.stringify(structuredClone<object>(document))).toBe(JSON.stringify(document));
  }
});

it.each<[string, (context: IndexedContext) => unknown]>([
  ["argument --limit: a whole number from 1 to 1000", (context) => OPERATIONS["runs.list"](context, { limit: 0 })],
  [
    "argument --status: invalid choice: 'lost' (choose from",
    (context) => OPERATIONS["runs.list"](context, { status: "lost" }),
  ],
  [
    "argument --limit: a whole number from 1 on is expected, not '0'",
    (context) => OPERATIONS["runs.next"](context, { runId: "demo", limit: 0 }),
  ],
  [
    "a result is one JSON object",
    (context) => OPERATIONS["runs.complete"](context, { runId: "demo", nodeId: "dig", result: [] }),
  ],
  ["the following arguments are required: run_id, or --all", (context) => OPERATIONS["runs.tick"](context, {})],
  [
    "the following arguments are required: --source-session-key",
    (context) => OPERATIONS["runs.scaffold"](context, { runId: "other", workflowPath: SCAFFOLD.workflowPath }),
  ],
])("refuses on every surface: %s", (message, call) => {
  const context = createRun();
  let error: unknown;
  try {
    call(context);
  } catch (thrown) {
    error = thrown;
  }
  expect(isClawTaskError(error) ? [error.code, error.message] : error).toEqual([
    "usage",
    expect.stringContaining(message),
  ]);
});
