import { expect, it } from "vitest";
import { OPERATIONS } from "../../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../../registry-helper/operations/operation-context.ts";
import type { IndexedContext } from "../../../../registry-helper/operations/operation.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { LedgerFixture, ROUTE } from "../../../support/ledger-fixture.ts";
import { useSandbox } from "../../../support/registry-sandbox.ts";

const CHILD = "agent:main:subagent:1";

function withOpenTask(): { ledger: LedgerFixture; taskId: string; context: IndexedContext } {
  const ledger = new LedgerFixture(useSandbox());
  const taskId = ledger.task({ facts: { label: "work", childSessionKey: CHILD, route: ROUTE }, started: true });
  return {
    ledger,
    taskId,
    context: createOperationContext(openRegistry({ root: ledger.sandbox.root }), { actor: CHILD }),
  };
}

it("answers with documents that cross threads and are what the command line prints", () => {
  const { ledger, taskId: task, context } = withOpenTask();
  const undelivered = ledger.undelivered("report");
  const outcomes = [
    OPERATIONS["tasks.report"](context, { phase: "testing", artifacts: ["a.md"] }),
    OPERATIONS["tasks.notify"](context, { task, policy: "silent" }),
    OPERATIONS["tasks.list"](context, { since: "1h", status: "running" }),
    OPERATIONS["tasks.show"](context, { task, context: true }),
    OPERATIONS["tasks.maintenance"](context, { retentionMs: 60_000 }),
    OPERATIONS["tasks.retry"](context, { refs: [undelivered] }),
    OPERATIONS["tasks.dismiss"](context, { refs: [undelivered] }),
    OPERATIONS["tasks.audit"](context, {}),
  ];
  for (const { document } of outcomes) {
    expect(document).toMatchObject({ ok: true });
    expect(JSON.stringify(structuredClone<object>(document))).toBe(JSON.stringify(document));
  }
  expect(ledger.sandbox.ok("tasks", "notify", task, "silent", "--json").json).toEqual(
    OPERATIONS["tasks.notify"](context, { task, policy: "silent" }).document,
  );
});

it("records a cancel request at once, and tells what has become of it when it is asked again", () => {
  const { ledger, taskId, context } = withOpenTask();
  const asked = { ok: true, taskId, outcome: "asked", status: "running", reason: null };
  expect(OPERATIONS["tasks.cancel"](context, { task: taskId, reason: "not needed" }).document).toEqual(asked);
  expect(ledger.lines(taskId).at(-1)).toMatchObject({ event: "task.cancel_requested", cancel: { by: CHILD } });
  const status = (): object => OPERATIONS["tasks.cancel-status"](context, { task: taskId }).document;
  expect(status()).toEqual(asked);
  const reason = "its turn cannot be interrupted";
  ledger.do({ type: "answer_cancel", taskId, source: "gateway", outcome: "refused", reason });
  expect(status()).toEqual({ ...asked, ok: false, outcome: "refused", reason });
  ledger.signal(taskId, { ending: { status: "cancelled" } });
  expect(status()).toMatchObject({ ok: true, outcome: "ended", status: "cancelled" });
});

it("fails one result of several alone", () => {
  const { ledger, context } = withOpenTask();
  const taskId = ledger.undelivered("report");
  const { document } = OPERATIONS["tasks.retry"](context, { refs: ["ghost", taskId], key: "k" });
  expect(document).toMatchObject({
    ok: false,
    results: [
      { ref: "ghost", ok: false, error: { code: "task_not_found", next: "clawtask tasks list" } },
      { ref: taskId, ok: true, changed: true, generation: 2 },
    ],
  });
});

it.each<[string, (context: IndexedContext) => unknown]>([
  ["argument --limit: a whole number from 1 to 1000", (context) => OPERATIONS["tasks.list"](context, { limit: 0 })],
  ["argument --phase: invalid choice", (context) => OPERATIONS["tasks.list"](context, { phase: "lost" })],
  ["argument --since: 30m, 12h, 7d or", (context) => OPERATIONS["tasks.list"](context, { since: "soon" })],
  ["argument --code: invalid choice", (context) => OPERATIONS["tasks.audit"](context, { code: "lost?" })],
  ["one of --phase, --block, --update,", (context) => OPERATIONS["tasks.report"](context, {})],
  [
    "argument --artifact: at most",
    (context) => OPERATIONS["tasks.report"](context, { artifacts: Array(99).fill("a") }),
  ],
  ["name one or more tasks or runs", (context) => OPERATIONS["tasks.retry"](context, {})],
  ["narrow --all", (context) => OPERATIONS["tasks.retry"](context, { refs: ["t-1"], since: "1h" })],
  [
    "for one result that is named",
    (context) => OPERATIONS["tasks.dismiss"](context, { all: true, expectedRevision: 1 }),
  ],
  ["argument --retention: such as 30d", (context) => OPERATIONS["tasks.maintenance"](context, { retentionMs: -1 })],
])("rejects on every surface: %s", (message, call) => {
  const { context } = withOpenTask();
  expect(() => call(context)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(message) as string }) as Error,
  );
});
