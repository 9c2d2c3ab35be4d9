import { beforeEach, describe, expect, it } from "vitest";
import type { RunState } from "../../../../registry-helper/internal.ts";
import { chain, type NodeSketch } from "../../../support/workflow-text.ts";
import { ApiFixture, each, type Reply } from "../support/api-fixture.ts";

let api: ApiFixture;
const act = (action: string, body?: unknown, headers?: Record<string, string>): Promise<Reply> =>
  api.post(`/api/runs/demo/actions/${action}`, body, headers === undefined ? {} : { headers });
const events = async (): Promise<Record<string, unknown>[]> =>
  (await api.get("/api/runs/demo/journal?limit=1000")).json.events as Record<string, unknown>[];
const getStatus = (reply: Reply, nodeId: string): string | undefined =>
  (reply.json as RunState).nodes.find(({ id }) => id === nodeId)?.status;

const GATED: NodeSketch[] = [
  { id: "gate", kind: "approval", prompt: "Shall we?" },
  { id: "after", needs: ["gate"] },
];

beforeEach(() => {
  api = new ApiFixture();
});

describe("a run control in the API", () => {
  it("takes effect and records the caller given by the server", async () => {
    api.run("demo", { nodes: chain("a", "b") });
    expect((await act("pause", { message: "wait" })).json).toMatchObject({ runId: "demo", status: "paused" });
    expect((await act("resume")).json).toMatchObject({ status: "running" });
    expect(getStatus(await act("skip", { nodeId: "a" }), "a")).toBe("skipped");
    expect(getStatus(await act("retry", { nodeId: "a" }), "a")).toBe("ready");
    await act("note", { message: "look", nodeId: "a" });
    expect((await act("tick")).status).toBe(200);
    const added = await act("add_node", { node: { id: "c", needs: ["a"], prompt: "dig" }, neededBy: ["b"] });
    expect(each(added.json.nodes, "id")).toEqual(["a", "b", "c"]);
    expect((await act("rewire_node", { nodeId: "b", needs: ["c"] })).status).toBe(200);
    expect((await act("cancel", { message: "no need" })).json).toMatchObject({ status: "cancelled" });
    const actors = (await events()).flatMap(({ control }) => (control === undefined ? [] : [control]));
    expect(new Set(each(actors, "by"))).toEqual(new Set(["dashboard"]));
  });

  it("accepts OpenTask bodies that contain the action, and rejects unknown keys", async () => {
    api.run("demo", { nodes: chain("a") });
    expect((await act("pause", { action: "pause" })).status).toBe(200);
    expect((await act("resume", { action: "resume", nodeId: "a" })).status).toBe(200);
    expect(await act("pause", { actions: "pause" })).toMatchObject({ status: 422, json: { code: "body_invalid" } });
    for (const action of ["retry", "skip", "approve"])
      expect(await act(action, {})).toMatchObject({
        status: 400,
        json: { detail: `nodeId is required for ${action}`, code: "argument_missing" },
      });
    expect(await act("send_message")).toMatchObject({
      status: 400,
      json: { detail: "message is required for send_message" },
    });
    expect(await act("explode")).toMatchObject({ status: 404, json: { detail: "unknown action: explode" } });
    expect(await api.post("/api/runs/nope/actions/pause")).toMatchObject({
      status: 404,
      json: { detail: "run not found: nope" },
    });
    expect(await act("skip", { nodeId: "zzz" })).toMatchObject({ status: 404, json: { code: "node_not_found" } });
    expect(await act("approve", { nodeId: "a" })).toMatchObject({ status: 409, json: { code: "not_waiting" } });
  });

  it("answers a question with a message and data", async () => {
    api.run("demo", { nodes: GATED });
    await api.cli("claim", "demo", "gate");
    const { json: detail } = await api.get("/api/runs/demo/detail");
    expect(detail.questions).toMatchObject([
      { nodeId: "gate", question: "Shall we?", choices: null, schema: null, expiresAt: null },
    ]);
    expect(each(detail.attention[0].actions, "label")).toEqual(["Approve", "Reject"]);
    expect(detail.attention[0].action).toBeUndefined();
    const done = await act("approve", { nodeId: "gate", message: "but shorter", data: { pages: 2 } });
    expect(getStatus(done, "gate")).toBe("completed");
    const state = (await api.get("/api/runs/demo/detail")).json.state as RunState;
    expect(state.nodes[0]?.answer).toMatchObject({ words: "but shorter", by: "dashboard", data: { pages: 2 } });
  });

  it("archives and unarchives a run", async () => {
    api.run("demo", { nodes: chain("a") });
    expect(await act("archive")).toMatchObject({ status: 409 });
    await act("cancel");
    expect((await act("archive")).status).toBe(200);
    expect((await api.get("/api/runs")).json).toEqual([]);
    expect((await api.get("/api/run-list")).json.runs).toEqual([]);
    expect((await api.get("/api/run-list?archived=true")).json.runs).toHaveLength(1);
    expect((await act("unarchive")).status).toBe(200);
    expect((await api.get("/api/runs")).json).toHaveLength(1);
  });

  it("takes effect once per idempotency key", async () => {
    api.run("demo", { nodes: chain("a") });
    const key = { "idempotency-key": "k1" };
    await act("note", { message: "one" }, key);
    await act("note", { message: "one" }, key);
    expect((await events()).filter(({ event }) => event === "run.noted")).toHaveLength(1);
    expect(await act("note", { message: "two" }, key)).toMatchObject({
      status: 409,
      json: { code: "idempotency_conflict" },
    });
    expect(await act("pause", {}, { "idempotency-key": "x".repeat(300) })).toMatchObject({ status: 400 });
  });

  it("is rejected when the run has changed since it was read", async () => {
    api.run("demo", { nodes: chain("a") });
    const { etag = "" } = (await api.get("/api/runs/demo/detail")).headers;
    const paused = await act("pause", {}, { "if-match": etag });
    expect(paused.status).toBe(200);
    expect(paused.headers["etag"]).not.toBe(etag);
    const late = await act("resume", {}, { "if-match": etag });
    expect(late).toMatchObject({ status: 412, json: { code: "revision_conflict", status: 412 } });
    expect(`"${late.json.details.currentRevision}"`).toBe(paused.headers["etag"]);
    expect((await api.get("/api/runs/demo")).json.status).toBe("paused");
    for (const action of ["tick", "archive", "note"])
      expect((await act(action, { message: "x" }, { "if-match": etag })).status).toBe(412);
    expect((await act("resume", {}, { "if-match": "*" })).status).toBe(200);
    expect((await act("pause", {}, { "if-match": "soon" })).json.code).toBe("header_invalid");
  });

  it("changes nothing for a read-only caller", async () => {
    api.run("demo", { nodes: chain("a") });
    const reader = { caller: { scope: "read" } as const };
    const before = (await events()).length;
    for (const path of ["/api/runs/demo/actions/pause", "/api/runs", "/api/runs/demo/fork", "/api/flows"])
      expect(await api.post(path, {}, reader)).toMatchObject({ status: 403, json: { code: "read_only" } });
    expect((await events()).length).toBe(before);
  });
});

describe("the creation of a run", () => {
  it("accepts a workflow path, workflow text or a task as plain text", async () => {
    const path = api.workflow({ nodes: chain("a", "b") });
    const byPath = await api.post("/api/runs", { workflowPath: path, sourceSessionKey: "agent:ops:main" });
    expect(byPath.json).toMatchObject({
      workflowId: "flow",
      status: "running",
      sourceSessionKey: "agent:ops:main",
      sourceAgentId: "ops",
      nodes: [{ id: "a", status: "ready" }, { id: "b" }],
    });
    const markdown =
      "---\nworkflowId: told\ntitle: Told\nnodes:\n  - id: x\n    title: X\n    kind: session_turn\n    outputs: { mode: notify }\n---\n";
    const byText = await api.post("/api/runs", {
      workflowMarkdown: markdown,
      deliveryContext: { channel: "x", to: "y" },
    });
    expect(byText.json).toMatchObject({ workflowId: "told", deliveryContext: { channel: "x", to: "y" } });
    expect(byText.json.rootSessionKey).toBe(`agent:main:session:workflow:${byText.json.runId}:root`);
    const byTask = await api.post("/api/runs", { taskText: "Count the: #1 things\nof all", title: "Count" });
    expect(byTask.json).toMatchObject({
      title: "Count",
      nodes: [{ id: "task", kind: "session_turn", status: "ready" }],
    });
    const steps = (await api.get(`/api/runs/${byTask.json.runId}/detail`)).json.steps;
    expect(steps[0].prompt).toBe("Count the: #1 things\nof all");
    expect((await api.get("/api/workflows")).json.workflows).toHaveLength(3);
    expect((await api.post("/api/runs", { taskText: "Count the: #1 things\nof all", title: "Count" })).status).toBe(
      200,
    );
    expect((await api.get("/api/workflows")).json.workflows).toHaveLength(3);
  });

  it("is rejected without a source, and leaves nothing behind", async () => {
    expect(await api.post("/api/runs", {})).toMatchObject({
      status: 422,
      json: { detail: "one of workflowPath, workflowMarkdown, or taskText is required" },
    });
    expect(await api.post("/api/runs")).toMatchObject({ status: 422 });
    expect(await api.post("/api/runs", { taskText: "x", nope: 1 })).toMatchObject({ status: 422 });
    expect(await api.post("/api/runs", { workflowPath: "workflows/none.task.md" })).toMatchObject({ status: 404 });
    expect(await api.post("/api/runs", { workflowPath: "../../etc/passwd" })).toMatchObject({ status: 400 });
    expect(await api.post("/api/runs", { workflowMarkdown: "no front matter" })).toMatchObject({ status: 422 });
    expect((await api.get("/api/run-list")).json.runs).toEqual([]);
    expect((await api.get("/api/workflows")).json.workflows).toEqual([]);
  });

  it("returns the same run when the request is repeated with its key", async () => {
    api.workflow({ nodes: chain("a") });
    const headers = { "idempotency-key": "once" };
    const first = await api.post("/api/workflows/flow/runs", {}, { headers });
    const again = await api.post("/api/workflows/flow/runs", {}, { headers });
    expect(first).toMatchObject({ status: 201, json: { readyNodes: ["a"] } });
    expect(again.json.runId).toBe(first.json.runId);
    expect((await api.get("/api/run-list")).json.runs).toHaveLength(1);
    const other = await api.post("/api/workflows/flow/runs", { sourceAgentId: "other" }, { headers });
    expect(other).toMatchObject({ status: 409, json: { code: "idempotency_conflict" } });
    // A name that the client chose is taken, whatever the key.
    const named = await api.post("/api/workflows/flow/runs", { runId: first.json.runId }, {});
    expect(named).toMatchObject({ status: 409, json: { code: "run_exists" } });
    expect(await api.post("/api/workflows/none/runs")).toMatchObject({
      status: 404,
      json: { code: "workflow_not_found" },
    });
  });

  it("can fork an existing run at a node", async () => {
    api.run("demo", { nodes: chain("a", "b") });
    await act("skip", { nodeId: "a" });
    const forked = await api.post("/api/runs/demo/fork", { from: "b", runId: "again" });
    expect(forked).toMatchObject({ status: 201, json: { runId: "again", carried: ["a"], readyNodes: ["b"] } });
    expect((await api.get("/api/compare?a=demo&b=again")).json).toMatchObject({
      a: { runId: "demo" },
      b: { runId: "again" },
      isSameVersion: true,
    });
    const headers = { "idempotency-key": "fork" };
    expect(await api.post("/api/runs/demo/fork", { from: "b" }, { headers })).toMatchObject({ status: 201 });
    expect(await api.post("/api/runs/demo/fork", { from: "a" }, { headers })).toMatchObject({
      status: 409,
      json: { code: "idempotency_conflict" },
    });
    expect(await api.post("/api/runs/demo/fork", { from: "zzz" })).toMatchObject({ status: 404 });
    expect(await api.post("/api/runs/demo/fork", {})).toMatchObject({ status: 422 });
  });
});
