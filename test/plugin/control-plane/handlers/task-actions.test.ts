import { beforeEach, describe, expect, it } from "vitest";
import { ApiFixture, type Reply } from "../support/api-fixture.ts";

let api: ApiFixture;
beforeEach(() => {
  api = new ApiFixture();
});

const act = (taskId: string, action: string, body?: unknown, headers = {}): Promise<Reply> =>
  api.post(`/api/tasks/${taskId}/actions/${action}`, body, { headers });

describe("a task action in the API", () => {
  it("is recorded with the caller's name", async () => {
    const taskId = api.start("alpha");
    expect((await act(taskId, "notify", { policy: "silent" })).json).toMatchObject({ taskId, notify: "silent" });
    const reported = await act(taskId, "report", { phase: "planning", update: "half", artifacts: ["a", "b"] });
    expect(reported.json).toMatchObject({ ok: true, task: { phase: "planning", artifacts: ["a", "b"] } });
    expect((await act(taskId, "cancel", { reason: "no need" })).json).toMatchObject({ outcome: "asked", taskId });
    expect((await api.get(`/api/tasks/${taskId}`)).json.task.cancel).toMatchObject({
      by: "dashboard",
      outcome: "asked",
    });
    api.end("alpha");
    expect((await act(taskId, "dismiss", { reason: "told by phone" })).json).toMatchObject({
      ok: true,
      delivery: "dismissed",
    });
    expect((await act(taskId, "retry")).json).toMatchObject({ ok: true, delivery: "pending", generation: 2 });
    expect((await api.get("/api/overview")).json.deliveries.open).toBe(1);
  });

  it("is rejected with the command's own error", async () => {
    const taskId = api.start("alpha");
    expect(await act(taskId, "retry")).toMatchObject({ status: 409, json: { code: "task_not_over" } });
    expect(await act(taskId, "notify", {})).toMatchObject({ status: 400, json: { code: "argument_missing" } });
    expect(await act(taskId, "notify", { policy: "loud" })).toMatchObject({
      status: 422,
      json: { detail: "policy: one of done_only, state_changes, silent" },
    });
    expect(await act(taskId, "report", {})).toMatchObject({ status: 400, json: { code: "usage" } });
    expect(await act(taskId, "explode")).toMatchObject({ status: 404, json: { detail: "unknown action: explode" } });
    expect(await act("nope", "cancel")).toMatchObject({ status: 404, json: { code: "task_not_found" } });
    api.end("alpha");
    expect(await act(taskId, "cancel")).toMatchObject({ status: 409, json: { code: "task_over" } });
  });

  it("is rejected when the task has changed since it was read", async () => {
    const taskId = api.start("alpha");
    const { etag = "" } = (await api.get(`/api/tasks/${taskId}`)).headers;
    expect((await act(taskId, "report", { update: "one" }, { "if-match": etag })).status).toBe(200);
    for (const action of ["report", "cancel", "notify"])
      expect(await act(taskId, action, bodyFor(action), { "if-match": etag })).toMatchObject({
        status: 412,
        json: { code: "revision_conflict" },
      });
    expect((await api.get(`/api/tasks/${taskId}`)).json.task).toMatchObject({ latestUpdate: "one", cancel: null });
  });
});

function bodyFor(action: string): object {
  return action === "report" ? { update: "two" } : action === "notify" ? { policy: "silent" } : {};
}
