import { beforeEach, describe, expect, it } from "vitest";
import type { MethodAnswer } from "../../../plugin/host/register/register-methods.ts";
import { gatewayMethods } from "../../../plugin/rpc/methods.ts";
import { SmallLedger, TOPIC } from "../support/small-ledger.ts";

let ledger: SmallLedger;
const methods = (): ReturnType<typeof gatewayMethods> =>
  gatewayMethods({ call: ledger.call, status: () => Promise.resolve({ ok: true }) });
const call = (name: string, params: object = {}): Promise<MethodAnswer> => {
  const method = methods().find((one) => one.name === `clawtask.${name}`);
  if (method === undefined) throw new Error(`no method ${name}`);
  return method.answer(params as Record<string, unknown>);
};

beforeEach(() => {
  ledger = new SmallLedger();
});

describe("a clawtask.* gateway method", () => {
  it("requires write scope exactly when it changes something", () => {
    const write = methods().filter(({ scope }) => scope === "operator.write");
    const ofTasks = ["cancel", "dismiss", "notify", "report", "retry"].map((command) => `clawtask.tasks.${command}`);
    const changes = ["block", "cancel", "create", "fail", "finish", "output", "resume", "run-task", "update", "wait"];
    const ofFlows = changes.map((command) => `clawtask.flows.${command}`);
    const controls = "approve cancel note pause reject resume retry send-message skip tick".split(" ");
    const ofRuns = controls.map((command) => `clawtask.runs.${command}`);
    expect(write.map(({ name }) => name).sort()).toEqual([...ofFlows, ...ofRuns, ...ofTasks]);
    const read = methods().filter(({ scope }) => scope === "operator.read");
    const reads =
      "attention flows.list flows.show runs.events runs.list runs.next runs.show status tasks.audit tasks.list tasks.show work";
    expect(read.map(({ name }) => name).sort()).toEqual(reads.split(" ").map((name) => `clawtask.${name}`));
  });

  it("returns the document of its command", async () => {
    const taskId = ledger.start("alpha");
    expect(await call("tasks.list", { limit: 5, status: "running", owner: TOPIC })).toMatchObject({
      document: { ok: true, tasks: [{ taskId }] },
    });
    expect(await call("tasks.list", { search: "nothing like it" })).toMatchObject({ document: { tasks: [] } });
    expect(await call("tasks.show", { ref: taskId, context: true })).toMatchObject({
      document: { task: { label: "alpha" }, context: expect.anything() },
    });
    expect(await call("tasks.report", { ref: taskId, phase: "planning", artifacts: ["x", "y"] })).toMatchObject({
      document: { ok: true, task: { phase: "planning", artifacts: ["x", "y"] } },
    });
    expect(await call("tasks.notify", { ref: taskId, policy: "silent" })).toMatchObject({
      document: { notify: "silent" },
    });
    expect(await call("attention", { limit: 3 })).toMatchObject({ document: { ok: true, items: [] } });
    expect(await call("tasks.audit")).toMatchObject({ document: { ok: true } });
    expect(await call("status")).toEqual({ document: { ok: true } });
  });

  it("settles several results at once, each with its own outcome", async () => {
    const taskId = ledger.start("alpha");
    ledger.end("alpha");
    expect(await call("tasks.dismiss", { refs: [taskId, "nope"], reason: "told by phone" })).toMatchObject({
      document: { ok: false, results: [{ ok: true }, { ok: false, error: { code: "task_not_found" } }] },
    });
    expect(await call("tasks.retry", { all: true })).toMatchObject({ document: { ok: true } });
  });

  it("records a cancel request, and reports when it has not been executed", async () => {
    const taskId = ledger.start("alpha");
    expect(await call("tasks.cancel", { ref: taskId, reason: "no need", waitMs: 0 })).toMatchObject({
      document: { ok: true, taskId, outcome: "asked", status: "running" },
    });
    expect(ledger.named("alpha").cancel).toMatchObject({ outcome: "asked" });
    expect(await call("tasks.cancel", { ref: taskId, waitMs: 250 })).toMatchObject({
      document: { outcome: "asked", reason: null },
    });
  });

  it("takes a flow from creation to a cancel request", async () => {
    const taskId = ledger.start("alpha");
    const deliveryContext = { channel: "telegram", to: "telegram:42" };
    const created = await call("flows.create", { title: "T", owner: TOPIC, deliveryContext, step: "a", key: "k" });
    expect(created).toMatchObject({ document: { flow: { route: { to: "telegram:42" }, status: "running" } } });
    const { flowId: ref } = (created as { document: { flowId: string } }).document;
    expect(await call("flows.run-task", { ref, task: taskId })).toMatchObject({ document: { taskId, revision: 2 } });
    expect(await call("flows.output", { ref, name: "n", value: null, expectedRevision: 2 })).toMatchObject({
      document: { flow: { output: { n: null } } },
    });
    await call("flows.output", { ref, name: "l", value: { a: ["x"] }, append: true });
    expect(await call("flows.wait", { ref, manual: true, note: "--json" })).toMatchObject({
      document: { flow: { wait: { note: "--json" }, output: { l: [{ a: ["x"] }] } } },
    });
    expect(await call("flows.resume", { ref, expectedRevision: 1 })).toMatchObject({
      error: { code: "revision_conflict", details: { currentRevision: 5, expectedRevision: 1 } },
    });
    expect(await call("flows.list", { owner: TOPIC })).toMatchObject({ document: { flows: [{ flowId: ref }] } });
    expect(await call("flows.show", { ref })).toMatchObject({ document: { outputs: ["n", "l"], tasks: [{ taskId }] } });
    expect(await call("flows.cancel", { ref, reason: "no need" })).toMatchObject({
      document: { activeTasks: [taskId], status: "waiting" },
    });
    expect(ledger.named("alpha").cancel).toMatchObject({ outcome: "asked" });
    expect(await call("flows.finish", { ref })).toMatchObject({ error: { code: "flow_cancelling" } });
  });

  it.each([
    ["flows.create", {}, "usage", "title is required"],
    ["flows.show", { ref: 5 }, "usage", "ref: a text is expected"],
    ["flows.show", { ref: "nope" }, "flow_not_found", "flow not found: nope"],
    ["flows.output", { ref: "x", name: "n" }, "usage", "value is required"],
    ["flows.resume", { ref: "x", expectedRevision: "1" }, "usage", "expectedRevision: a number is expected"],
    ["flows.wait", { ref: "x", manual: "yes" }, "usage", "manual: true or false is expected"],
    ["tasks.show", {}, "usage", "ref is required"],
    ["tasks.show", { ref: 5 }, "usage", "ref: a text is expected"],
    ["tasks.show", { ref: "nope" }, "task_not_found", "task not found: nope"],
    ["tasks.show", { ref: "--json" }, "task_not_found", "task not found: --json"],
    ["tasks.list", { limt: 5 }, "usage", "unknown parameter: limt"],
    ["tasks.list", { limit: "5" }, "usage", "limit: a number is expected"],
    ["tasks.list", { limit: -1 }, "usage", "limit"],
    ["tasks.list", { status: "dancing" }, "usage", "invalid choice"],
    ["tasks.list", { constructor: "x" }, "usage", "unknown parameter: constructor"],
    ["tasks.report", { ref: "x", artifacts: "y" }, "usage", "artifacts: a list of texts is expected"],
    ["tasks.retry", {}, "usage", "name one or more"],
    ["tasks.notify", { ref: "x", policy: "loud" }, "usage", "invalid choice"],
    ["tasks.cancel", { waitMs: 5 }, "usage", "ref is required"],
    ["status", { x: 1 }, "usage", "unknown parameter: x"],
  ])("rejects %s %j: %s", async (name, params, code, message) => {
    const answer = await call(name, params);
    expect(answer).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
    expect(answer).toHaveProperty("error.next");
  });
});
