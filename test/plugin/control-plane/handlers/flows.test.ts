import { beforeEach, describe, expect, it } from "vitest";
import { chain } from "../../../support/workflow-text.ts";
import { ApiFixture, each, type Reply, TOPIC } from "../support/api-fixture.ts";

let api: ApiFixture;
beforeEach(() => {
  api = new ApiFixture();
});

async function create(title: string, more: object = {}): Promise<string> {
  return String((await api.post("/api/flows", { title, ...more })).json.flowId);
}
const act = (flowId: string, action: string, body?: unknown, headers = {}): Promise<Reply> =>
  api.post(`/api/flows/${flowId}/actions/${action}`, body, { headers });

describe("a flow in the API", () => {
  it("can be taken from creation to the end", async () => {
    const taskId = api.start("alpha");
    const route = { channel: "telegram", to: "telegram:42" };
    const created = await api.post("/api/flows", {
      title: "T",
      goal: "g",
      owner: TOPIC,
      deliveryContext: route,
      step: "a",
    });
    expect(created).toMatchObject({ status: 201, json: { flow: { ownerSessionKey: TOPIC, route, currentStep: "a" } } });
    const flowId = String(created.json.flowId);
    expect((await act(flowId, "run-task", { task: taskId })).json).toMatchObject({ taskId });
    expect((await act(flowId, "output", { name: "n", value: { x: [1] } })).json.flow.output).toEqual({ n: { x: [1] } });
    expect((await act(flowId, "update", { update: "half" })).json.flow.latestUpdate).toBe("half");
    expect((await act(flowId, "wait", { task: taskId, note: "for alpha" })).json.flow.status).toBe("waiting");
    const shown = (await api.get(`/api/flows/${flowId}`)).json;
    expect(shown).toMatchObject({
      view: { activeTasks: [taskId] },
      tasks: [{ taskId, status: "running" }],
      outputs: ["n"],
    });
    expect((await act(flowId, "resume", { step: "b" })).json.flow).toMatchObject({
      status: "running",
      currentStep: "b",
    });
    expect((await act(flowId, "block", { reason: "no key" })).json.flow.status).toBe("blocked");
    await act(flowId, "resume");
    expect((await act(flowId, "finish", { result: "done" })).json.flow).toMatchObject({
      status: "succeeded",
      result: "done",
    });
    expect(await act(flowId, "resume")).toMatchObject({ status: 409, json: { code: "flow_over" } });
    expect((await act(flowId, "dismiss", { reason: "told" })).json).toMatchObject({ ok: true, kind: "flow" });
  });

  it("has no owner when none is given", async () => {
    expect((await api.post("/api/flows", { title: "T" })).json.flow.ownerSessionKey).toBeNull();
  });

  it("is rejected where the command line rejects it", async () => {
    const flowId = await create("T");
    expect(await api.post("/api/flows", {})).toMatchObject({ status: 422 });
    expect(await act(flowId, "wait", {})).toMatchObject({ status: 400, json: { code: "usage" } });
    expect(await act(flowId, "output", { name: "n" })).toMatchObject({
      status: 400,
      json: { code: "argument_missing" },
    });
    expect(await act(flowId, "explode")).toMatchObject({ status: 404 });
    expect(await act("nope", "resume")).toMatchObject({ status: 404, json: { code: "flow_not_found" } });
    expect(await api.get("/api/flows/nope")).toMatchObject({ status: 404 });
  });

  it("is found by a session that owns it, the latest first, with the others named", async () => {
    const [older, latest] = [await create("older", { owner: TOPIC }), await create("latest", { owner: TOPIC })];
    const { json } = await api.get(`/api/flows/${encodeURIComponent(TOPIC)}`);
    expect(json).toMatchObject({ flow: { flowId: latest }, others: [{ flowId: older, title: "older" }] });
    expect((await api.get(`/api/flows/${latest}`)).json.others).toBeUndefined();
    expect(await act(encodeURIComponent(TOPIC), "resume")).toMatchObject({ json: { code: "ambiguous_id" } });
  });

  it("changes only at the expected revision", async () => {
    const flowId = await create("T");
    const { etag = "" } = (await api.get(`/api/flows/${flowId}`)).headers;
    expect((await act(flowId, "update", { update: "x" }, { "if-match": etag })).status).toBe(200);
    expect(await act(flowId, "cancel", {}, { "if-match": etag })).toMatchObject({
      status: 412,
      json: { code: "revision_conflict", details: { currentRevision: 2 } },
    });
    expect(await act(flowId, "fail", { error: "broke" }, { "if-match": '"2"' })).toMatchObject({ status: 200 });
  });

  it("changes with its run when it belongs to one, and can be cancelled at the run's revision", async () => {
    api.run("demo", { nodes: chain("a") });
    const { json, headers } = await api.get("/api/flows/run:demo");
    expect(json.flow).toMatchObject({ flowId: "run:demo", status: "running" });
    expect(await act("run:demo", "update", { update: "x" })).toMatchObject({
      status: 409,
      json: { code: "illegal_transition" },
    });
    expect((await act("run:demo", "cancel", {}, { "if-match": '"1"' })).status).toBe(412);
    expect((await act("run:demo", "cancel", {}, { "if-match": headers["etag"] })).status).toBe(200);
    expect((await api.get("/api/runs/demo")).json.status).toBe("cancelled");
  });

  it("is listed in pages, with unreadable flows reported next to the others", async () => {
    const ids = [await create("a"), await create("b"), await create("c")];
    api.write(`flows/${ids[1] ?? ""}/events.jsonl`, "rubbish\n");
    const seen: unknown[] = [];
    const unreadable: unknown[] = [];
    for (let before = ""; ;) {
      const { json } = await api.get(`/api/flows?limit=1&before=${before}`);
      seen.push(...each(json.flows, "flowId"));
      unreadable.push(...each(json.unreadable, "flowId"));
      if (json.next === null) break;
      before = String(json.next);
    }
    expect([...seen].sort()).toEqual([ids[0], ids[2]].sort());
    expect(unreadable).toEqual([ids[1]]);
    expect(await api.get(`/api/flows/${ids[1] ?? ""}`)).toMatchObject({
      status: 500,
      json: { code: "journal_corrupt" },
    });
    expect((await api.get("/api/flows?status=succeeded")).json.flows).toEqual([]);
    expect((await api.get("/api/overview")).json.flows.byStatus).toMatchObject({ unreadable: 1 });
  });
});
