import { beforeEach, describe, expect, it } from "vitest";
import type { AttentionEntry } from "../../../../plugin/control-plane/handlers/attention-item.ts";
import type { Action } from "../../../../plugin/control-plane/handlers/suggested-actions.ts";
import { ApiFixture, each, TOPIC } from "../support/api-fixture.ts";

let api: ApiFixture;
beforeEach(() => {
  api = new ApiFixture();
});

async function items(): Promise<AttentionEntry[]> {
  return (await api.get("/api/attention")).json.items as AttentionEntry[];
}

async function press({ path, body }: Action, more: object = {}): Promise<number> {
  return (await api.post(path, { ...body, ...more })).status;
}

const QUESTION = `---
workflowId: ask
title: Ask
nodes:
  - id: gate
    title: Which one
    kind: approval
    approval:
      question: Which colour?
      choices: [red, green, none]
      schema: { type: object, required: [why], properties: { why: { type: string } } }
      expiresAfterMs: 3600000
    outputs: { mode: notify }
  - id: after
    title: After
    kind: session_turn
    needs: [gate]
    outputs: { mode: notify }
---
`;

describe("the attention list", () => {
  it("includes what is needed to answer a question, with an action for each choice", async () => {
    api.run("demo", QUESTION, "ask");
    await api.cli("claim", "demo", "gate");
    const [item] = await items();
    expect(item).toMatchObject({
      kind: "waiting_approval",
      subject: { kind: "run", id: "demo" },
      nodeId: "gate",
      question: {
        nodeId: "gate",
        question: "Which colour?",
        choices: ["red", "green", "none"],
        schema: { required: ["why"] },
        expiresAt: expect.any(String),
      },
    });
    expect(item?.action).toBeUndefined();
    expect(item?.actions).toEqual([
      {
        label: "red",
        method: "POST",
        path: "/api/runs/demo/actions/approve",
        body: { nodeId: "gate", choice: "red" },
        asks: ["data"],
      },
      {
        label: "green",
        method: "POST",
        path: "/api/runs/demo/actions/approve",
        body: { nodeId: "gate", choice: "green" },
        asks: ["data"],
      },
      {
        label: "none",
        method: "POST",
        path: "/api/runs/demo/actions/reject",
        body: { nodeId: "gate", choice: "none" },
      },
    ]);
    const green = item?.actions?.[1] as Action;
    expect(await press(green)).toBe(422);
    expect(await press(green, { data: { why: "it is" } })).toBe(200);
    expect(await items()).toEqual([]);
  });

  it("offers to retry or skip a failed node, and to cancel the run", async () => {
    api.run("demo", { nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    await api.cli("claim", "demo", "a");
    await api.cli("fail", "demo", "a", "--message", "no network");
    const [item] = await items();
    expect(item).toMatchObject({ kind: "run_blocked", action: { label: "Retry a" } });
    expect(each(item?.actions, "label")).toEqual(["Retry a", "Skip a", "Cancel the run"]);
    expect(item?.actions?.map(({ destructive }) => destructive)).toEqual([undefined, true, true]);
    expect(await press(item?.actions?.[1] as Action)).toBe(200);
    expect((await api.get("/api/runs/demo")).json.nodes[0].status).toBe("skipped");
    expect(await items()).toEqual([]);
  });

  it("offers the actions that the state of a task or flow allows", async () => {
    const taskId = api.start("alpha");
    api.end("alpha");
    api.table.now += 60_000_000;
    deliveryFails(taskId);
    const flow = (await api.post("/api/flows", { title: "T", owner: TOPIC })).json;
    await api.post(`/api/flows/${flow.flowId}/actions/block`, { reason: "no key" });
    const found = await items();
    expect(found).toMatchObject([
      {
        kind: "undelivered",
        subject: { id: taskId },
        action: { label: "Send again", path: `/api/tasks/${taskId}/actions/retry` },
      },
      { kind: "flow_blocked", subject: { id: flow.flowId }, action: { label: "Resume" } },
    ]);
    expect(each(found[0]?.actions, "label")).toEqual(["Send again", "Dismiss"]);
    for (const { action } of found) expect(await press(action as Action)).toBe(200);
    expect(await items()).toEqual([]);
  });

  it("returns the full count regardless of the page size", async () => {
    for (const name of ["r1", "r2", "r3"]) {
      api.run(name, { nodes: [{ id: "gate", kind: "approval" }] });
      await api.cli("claim", name, "gate");
    }
    const { json } = await api.get("/api/attention?limit=2");
    expect(json).toMatchObject({ total: 3 });
    expect(json.items).toHaveLength(2);
    expect((await api.get("/api/overview")).json.attention).toEqual({ total: 3, byKind: { waiting_approval: 3 } });
  });
});

/** As the outbox records it when the channel refuses for good. */
function deliveryFails(taskId: string): void {
  api.table.book.reportDeliveries([
    { taskId, report: { kind: "host_silent", reason: "not told" } },
    { taskId, report: { kind: "sending" } },
    { taskId, report: { kind: "refused", reason: "chat not found", final: true } },
  ]);
}
