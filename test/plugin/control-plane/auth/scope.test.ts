import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { gatewayAuthenticator } from "../../../../plugin/control-plane/auth/gateway-authenticator.ts";
import { useUnchangedRegistry } from "../support/served-registry.ts";

describe("what a client says of its own rights", () => {
  const served = useUnchangedRegistry(() => ({ isReadOnly: true }));

  it("is not looked at: on a server that only reads nothing is written, whatever is asked for", async () => {
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

  it("cannot name somebody else: the actor is the server's word", async () => {
    expect((await served.get("/api/session", { "x-actor": "ana", from: "ana" })).json).toMatchObject({ actor: "api" });
    expect((await served.get("/api/session", { "sec-fetch-site": "same-origin" })).json).toMatchObject({
      actor: "dashboard",
    });
  });

  it("cannot change the method", async () => {
    const headers = { "x-http-method-override": "POST", "content-type": "application/json" };
    expect((await served.get("/api/runs/demo/actions/pause?_method=POST", headers)).status).toBeGreaterThanOrEqual(400);
  });
});

describe("behind the gateway", () => {
  const getScope = (headers: Record<string, string>): string => {
    const access = gatewayAuthenticator.authenticate({ headers } as unknown as IncomingMessage);
    return "caller" in access ? access.caller.scope : access.failure;
  };

  it("writes who showed its token in a header; the frame's grant and everything else only reads", () => {
    expect(getScope({ authorization: "Bearer abc" })).toBe("write");
    expect(getScope({ cookie: "__openclaw_plugin_tab_auth_1=v1.x.y" })).toBe("read");
    expect(getScope({ "x-openclaw-scopes": "operator.admin" })).toBe("read");
    expect(getScope({ authorization: "Basic abc", "x-openclaw-scopes": "operator.write" })).toBe("read");
    expect(getScope({})).toBe("read");
  });
});
