import { describe, expect, it } from "vitest";
import { useUnchangedRegistry } from "../support/served-registry.ts";

describe("permissions claimed by a client", () => {
  const served = useUnchangedRegistry(() => ({ isReadOnly: true }));

  it("are ignored, and nothing is written on a read-only server", async () => {
    const spoofedHeaders = {
      "x-openclaw-scopes": "operator.admin,operator.write",
      "x-scope": "write",
      "x-forwarded-user": "root",
    };
    const commands: [string, unknown][] = [
      ["/api/runs/demo/actions/pause", { message: "tried" }],
      ["/api/runs/demo/actions/pause", { message: "tried", scope: "write", caller: { scope: "write" }, actor: "root" }],
      ["/api/runs", { workflowPath: "workflows/demo-flow.task.md" }],
      ["/api/flows", { title: "tried" }],
      ["/api/runs/demo/fork", { from: "a" }],
    ];
    for (const [path, body] of commands)
      expect((await served.post(path, body, { headers: spoofedHeaders })).json, path).toMatchObject({
        status: 403,
        code: "read_only",
      });
    expect((await served.get("/api/session", spoofedHeaders)).json).toMatchObject({ scope: "read", readOnly: true });
  });

  it("cannot change the actor, which the server sets", async () => {
    expect((await served.get("/api/session", { "x-actor": "ana", from: "ana" })).json).toMatchObject({ actor: "api" });
    expect((await served.get("/api/session", { "sec-fetch-site": "same-origin" })).json).toMatchObject({
      actor: "dashboard",
    });
  });

  it("cannot change the HTTP method", async () => {
    const headers = { "x-http-method-override": "POST", "content-type": "application/json" };
    expect((await served.get("/api/runs/demo/actions/pause?_method=POST", headers)).status).toBeGreaterThanOrEqual(400);
  });
});
