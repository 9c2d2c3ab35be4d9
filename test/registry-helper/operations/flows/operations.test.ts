import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OPERATIONS } from "../../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../../registry-helper/operations/operation-context.ts";
import type { IndexedContext } from "../../../../registry-helper/operations/operation.ts";
import { digestCommand } from "../../../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { useTempFolder } from "../../../plugin/support/temp-folder.ts";

const OWNER = "agent:main:main";

function withFlow(): { context: IndexedContext; flow: string; events: () => Record<string, unknown>[] } {
  const root = useTempFolder();
  const context = createOperationContext(openRegistry({ root }), { actor: OWNER });
  const deliveryContext = { channel: "telegram", to: "telegram:42" };
  const { flowId } = OPERATIONS["flows.create"](context, { title: "Invoices", step: "read", deliveryContext }).document;
  const path = join(root, "flows", flowId, "events.jsonl");
  const events = (): Record<string, unknown>[] =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { context, flow: flowId, events };
}

it("drives a flow by documents that cross threads and are their own JSON", () => {
  const { context, flow } = withFlow();
  const outcomes = [
    OPERATIONS["flows.run-task"](context, { flow, childSessionKey: "child", started: true, step: "review" }),
    OPERATIONS["flows.update"](context, { flow: OWNER, update: "12 of 40" }),
    OPERATIONS["flows.output"](context, { flow, name: "sources", value: ["a"] }),
    OPERATIONS["flows.output"](context, { flow, name: "sources", value: "b", append: true }),
    OPERATIONS["flows.wait"](context, { flow, task: "child", note: "the review" }),
    OPERATIONS["flows.block"](context, { flow, reason: "the key has expired" }),
    OPERATIONS["flows.resume"](context, { flow, step: "publish" }),
    OPERATIONS["flows.show"](context, { flow }),
    OPERATIONS["flows.list"](context, { owner: OWNER }),
    OPERATIONS["flows.finish"](context, { flow, result: "3 are paid" }),
  ];
  for (const { document } of outcomes) {
    expect(document).toMatchObject({ ok: true });
    expect(JSON.stringify(structuredClone<object>(document))).toBe(JSON.stringify(document));
  }
  expect(OPERATIONS["flows.show"](context, { flow }).document).toMatchObject({
    flow: {
      status: "succeeded",
      ownerSessionKey: OWNER,
      route: { to: "telegram:42" },
      output: { sources: ["a", "b"] },
    },
    tasks: [{ status: "running", runtime: "subagent", what: "child" }],
  });
});

it("requests that a flow stops, in the name of the caller", () => {
  const { context, flow } = withFlow();
  const { taskId } = OPERATIONS["flows.run-task"](context, { flow, runId: "r1", started: true }).document;
  expect(OPERATIONS["flows.cancel"](context, { flow, reason: "not needed" }).document).toMatchObject({
    changed: true,
    status: "running",
    activeTasks: [taskId],
    flow: { cancel: { by: OWNER, reason: "not needed" } },
  });
});

it("recognizes the keys of earlier versions: their digests are of these fields in this order", () => {
  const { context, flow, events } = withFlow();
  const on = (key: string): { flow: string; key: string; expectedRevision: number } => ({
    flow,
    key,
    expectedRevision: events().length,
  });
  OPERATIONS["flows.wait"](context, { ...on("w"), event: "reply", note: "which?", step: "ask" });
  OPERATIONS["flows.update"](context, { ...on("u"), update: "half", step: "ask" });
  OPERATIONS["flows.resume"](context, { ...on("r"), step: "go" });
  OPERATIONS["flows.block"](context, { ...on("b"), reason: "no key", step: "go" });
  OPERATIONS["flows.output"](context, { ...on("o"), name: "n", value: 1 });
  OPERATIONS["flows.fail"](context, { ...on("f"), error: "no" });
  const digests = Object.fromEntries(events().flatMap(({ key, digest }) => (key === undefined ? [] : [[key, digest]])));
  expect(digests).toEqual({
    w: digestCommand({
      type: "wait",
      flowId: flow,
      wait: { kind: "event", name: "reply", note: "which?" },
      step: "ask",
    }),
    u: digestCommand({ type: "update", flowId: flow, update: "half", step: "ask" }),
    r: digestCommand({ type: "resume", flowId: flow, step: "go" }),
    b: digestCommand({ type: "block", flowId: flow, reason: "no key", step: "go" }),
    o: digestCommand({ type: "set_output", flowId: flow, name: "n", value: 1 }),
    f: digestCommand({ type: "fail", flowId: flow, error: "no", by: OWNER }),
  });
});

it.each<[string, string, (context: IndexedContext, flow: string) => unknown]>([
  ["usage", "exactly one of --task, --event,", (context, flow) => OPERATIONS["flows.wait"](context, { flow })],
  ["usage", "argument --until: 30m,", (context, flow) => OPERATIONS["flows.wait"](context, { flow, until: "soon" })],
  ["usage", "argument --status: invalid", (context) => OPERATIONS["flows.list"](context, { status: "lost" })],
  ["usage", "argument --limit: a whole", (context) => OPERATIONS["flows.list"](context, { limit: 1.5 })],
  [
    "too_large",
    "reason is",
    (context, flow) => OPERATIONS["flows.block"](context, { flow, reason: "x".repeat(70_000) }),
  ],
  ["flow_not_found", "flow not found: ghost", (context) => OPERATIONS["flows.resume"](context, { flow: "ghost" })],
])("rejects on every surface with %s: %s", (code, message, call) => {
  const { context, flow, events } = withFlow();
  expect(() => call(context, flow)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
  );
  expect(events()).toHaveLength(1);
});
