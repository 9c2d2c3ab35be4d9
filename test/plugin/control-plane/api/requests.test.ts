import { beforeEach, describe, expect, it } from "vitest";
import { ApiFixture } from "../support/api-fixture.ts";

let api: ApiFixture;
beforeEach(() => {
  api = new ApiFixture();
});

describe("an API request", () => {
  it("is rejected for an unknown path or method", async () => {
    for (const path of ["/api/nope", "/", "/api", "/api/runs/a/b/c/d", "/api//", "/api/stream", "/api/events/stream"])
      expect(await api.get(path)).toMatchObject({ status: 404, json: { code: "route_not_found" } });
    const reply = await api.post("/api/overview");
    expect(reply).toMatchObject({ status: 405, headers: { allow: "GET" }, json: { code: "method_not_allowed" } });
    expect((await api.ask("DELETE", "/api/runs")).headers["allow"]).toBe("GET, POST");
    expect(await api.get("/api/runs/%E0%A4%A")).toMatchObject({ status: 404 });
  });

  it("returns no body for HEAD", async () => {
    const head = await api.ask("HEAD", "/api/overview");
    expect(head).toMatchObject({ status: 200, text: "" });
    expect((await api.ask("HEAD", "/api/runs/nope")).status).toBe(404);
  });

  it.each([
    ["/api/tasks?limit=0", "limit"],
    ["/api/tasks?limit=1001", "limit"],
    ["/api/tasks?limit=ten", "limit"],
    ["/api/tasks?status=doing", "status"],
    ["/api/tasks?since=soon", "since"],
    ["/api/tasks?statsu=running", "statsu"],
    ["/api/tasks?all=maybe", "all"],
    ["/api/flows?before=x", "before"],
    ["/api/compare?a=x", "b"],
    ["/api/runs/x/files", "path"],
  ])("is rejected with an invalid query parameter: %s", async (path, parameter) => {
    expect(await api.get(path)).toMatchObject({
      status: 400,
      json: { code: "query_invalid", details: { parameter }, detail: expect.stringContaining(parameter) as string },
    });
  });

  it("may carry unknown query parameters on OpenTask routes", async () => {
    expect((await api.get("/api/runs?_=1234")).status).toBe(200);
  });

  it("treats empty query parameters as absent", async () => {
    expect((await api.get("/api/tasks?status=&search=&before=&all=")).status).toBe(200);
  });

  it("returns a response that must not be cached", async () => {
    expect((await api.get("/api/overview")).headers).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/json",
    });
  });

  it.each([[[]], ["text"], [7], [true]])("is rejected with a body that is not an object: %j", async (body) => {
    api.run("demo", { nodes: [{ id: "a" }] });
    expect(await api.post("/api/runs/demo/actions/pause", body)).toMatchObject({ status: 422 });
    expect(await api.post("/api/flows", body)).toMatchObject({ status: 422 });
  });

  it("hides internal errors from the client and logs them", async () => {
    const received: string[] = [];
    const broken = new ApiFixture({
      facts: () => {
        throw new Error("secret path /root/.x");
      },
      problem: (message) => received.push(message),
    });
    const reply = await broken.get("/api/session");
    expect(reply).toMatchObject({ status: 500, json: { code: "internal" } });
    expect(reply.text).not.toContain("secret");
    expect(received.join()).toContain("secret path");
  });

  it("rebuilds an index that was deleted or corrupted", async () => {
    api.start("alpha");
    expect((await api.get("/api/tasks")).json.tasks).toHaveLength(1);
    api.write("index.sqlite", "not a database at all, not a database at all");
    expect((await api.get("/api/tasks")).json.tasks).toHaveLength(1);
  });

  it("returns what other processes have written since the last one", async () => {
    expect((await api.get("/api/tasks")).json.tasks).toHaveLength(0);
    api.start("alpha");
    expect((await api.get("/api/tasks")).json.tasks).toHaveLength(1);
    api.run("demo", { nodes: [{ id: "a" }] });
    expect((await api.get("/api/run-list")).json.runs).toHaveLength(1);
    await api.cli("pause", "demo");
    expect((await api.get("/api/run-list")).json.runs[0].status).toBe("paused");
    expect((await api.get("/api/overview")).json.runs.byStatus).toEqual({ paused: 1 });
  });
});
