import { beforeEach, describe, expect, it } from "vitest";
import { chain } from "../../../support/workflow-text.ts";
import { ApiFixture, each } from "../support/api-fixture.ts";

let api: ApiFixture;
beforeEach(() => {
  api = new ApiFixture();
});

describe("a read of a registry", () => {
  it("returns the server's mode and the caller's permissions", async () => {
    expect((await api.get("/api/session")).json).toMatchObject({
      registryRoot: api.root,
      mode: "standalone",
      scope: "write",
      readOnly: false,
      actor: "dashboard",
    });
    const reader = { caller: { scope: "read", mode: "gateway-frame" } as const };
    expect((await api.get("/api/session", reader)).json).toMatchObject({ readOnly: true, mode: "gateway-frame" });
  });

  it("counts all tasks, runs, flows and deliveries, including those of an empty registry", async () => {
    expect((await api.get("/api/overview")).json).toEqual({
      attention: { total: 0, byKind: {} },
      tasks: { byStatus: {}, running: 0, queued: 0, endedToday: 0 },
      runs: { byStatus: {} },
      flows: { byStatus: {} },
      deliveries: { open: 0, failed: 0, ambiguous: 0 },
    });
    api.start("alpha");
    api.start("beta");
    api.end("beta");
    api.run("demo", { nodes: chain("a", "b") });
    expect((await api.get("/api/overview")).json).toMatchObject({
      tasks: { byStatus: { running: 1, succeeded: 1 }, running: 1 },
      runs: { byStatus: { running: 1 } },
      flows: { byStatus: { running: 1 } },
      deliveries: { open: 1 },
    });
  });

  it("lists tasks with their view in pages", async () => {
    const ids = ["a", "b", "c"].map((label) => api.start(label));
    const first = (await api.get("/api/tasks?limit=2")).json;
    expect(each(first.tasks, "taskId")).toEqual([ids[2], ids[1]]);
    expect(first.tasks[0].view.answers.doing).toBeTypeOf("string");
    const second = (await api.get(`/api/tasks?limit=2&before=${first.next}`)).json;
    expect(each(second.tasks, "taskId")).toEqual([ids[0]]);
    expect(second.next).toBeNull();
    const foreign = await api.get("/api/tasks?before=rubbish");
    expect(foreign).toMatchObject({ status: 400, json: { details: { parameter: "before" } } });
    expect((await api.get("/api/tasks?search=do+b")).json.tasks).toHaveLength(1);
    expect((await api.get("/api/tasks?status=succeeded")).json.tasks).toEqual([]);
  });

  it("returns a task by any of its names, with its context and revision", async () => {
    const taskId = api.start("alpha");
    for (const name of [taskId, taskId.slice(11), "host-alpha", encodeURIComponent("agent:main:subagent:alpha")]) {
      const { status, json, headers } = await api.get(`/api/tasks/${name}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        task: { taskId, capabilities: { canCancel: true }, view: { answers: { isBlocked: false } } },
        parent: null,
        childCount: 0,
        context: { asked: "do alpha" },
      });
      expect(headers["etag"]).toBe(`"${json.revision}"`);
    }
    const { json } = await api.get(`/api/tasks/${taskId}/events`);
    expect(each(json.events, "event")).toContain("task.created");
    expect(new Set(each(json.events, "taskId"))).toEqual(new Set([taskId]));
    expect(await api.get("/api/tasks/nope")).toMatchObject({ status: 404, json: { code: "task_not_found" } });
  });

  it("lists runs in pages without repeats or gaps", async () => {
    for (const name of ["r1", "r2", "r3", "r4", "r5"]) api.run(name, { nodes: chain("a") });
    const seen: string[] = [];
    for (let before = ""; ;) {
      const { json } = await api.get(`/api/run-list?limit=2&before=${before}`);
      seen.push(...each(json.runs, "runId").map(String));
      if (json.next === null) break;
      before = json.next;
    }
    expect([...seen].sort()).toEqual(["r1", "r2", "r3", "r4", "r5"]);
    for (const wrong of ["before=rubbish", "status=runnning"])
      expect(await api.get(`/api/run-list?${wrong}`)).toMatchObject({ status: 400, json: { code: "query_invalid" } });
  });

  it("lists an unreadable run next to the others", async () => {
    api.run("good", { nodes: chain("a") });
    api.run("bad", { nodes: chain("a") });
    api.write("runs/bad/events.jsonl", '{"event":"run.created"\nrubbish\n');
    api.write("runs/bad/state.json", "{");
    expect(each((await api.get("/api/runs")).json, "runId")).toEqual(["good"]);
    const { json } = await api.get("/api/run-list");
    expect(json.runs).toMatchObject([{ runId: "good" }, { runId: "bad", status: "unreadable" }]);
    expect(json.runs[1].problem).toBeTypeOf("string");
    expect((await api.get("/api/run-list?limit=1")).json.next).not.toBeNull();
    expect((await api.get("/api/overview")).status).toBe(200);
    expect((await api.get("/api/attention")).status).toBe(200);
  });

  it("returns a run with everything its page needs", async () => {
    api.run("demo", {
      nodes: [
        { id: "a", mode: "report" },
        { id: "b", needs: ["a"] },
      ],
    });
    api.write("runs/demo/nodes/a/report.md", "# Found\n");
    const { json, headers } = await api.get("/api/runs/demo/detail");
    expect(json).toMatchObject({
      state: { runId: "demo", status: "running" },
      refs: { runId: "demo" },
      steps: [{ action: "do", nodeId: "a" }],
      attention: [],
      tasks: [],
      flow: "run:demo",
      artifacts: [{ nodeId: "a", path: "nodes/a/report.md", exists: true, size: 8 }],
      workflow: { id: "flow" },
    });
    expect(json.workflow.version).toBe(json.workflow.currentVersion);
    expect(headers["etag"]).toBe(`"${json.seq}"`);
    expect((await api.get("/api/runs/demo/graph")).json).toMatchObject({
      written: { nodes: [{ id: "a" }, { id: "b" }], edges: [{ from: "a", to: "b" }] },
      run: {
        nodes: [
          { id: "a", status: "ready" },
          { id: "b", status: "pending" },
        ],
      },
    });
    expect((await api.get("/api/runs/demo/timeline")).json).toMatchObject({ runId: "demo", spans: [] });
    for (const part of ["", "/detail", "/graph", "/timeline"])
      expect(await api.get(`/api/runs/nope${part}`)).toMatchObject({
        status: 404,
        json: { detail: "run not found: nope", code: "run_not_found" },
      });
  });
});
