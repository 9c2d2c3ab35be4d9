import { describe, expect, it } from "vitest";
import { useUnchangedRegistry } from "../support/served-registry.ts";

describe("a cross-origin request", () => {
  const served = useUnchangedRegistry(() => ({ allowHosts: ["tasks.example.org"] }));

  it("is rejected when the Host header is not the server's own, as in DNS rebinding", async () => {
    for (const host of [
      "evil.example",
      "evil.example:80",
      `evil.example:${served.server.port}`,
      "127.0.0.1",
      "127.0.0.1:1",
      "localhost.evil.example",
    ]) {
      for (const path of ["/api/session", "/", "/metrics"])
        expect((await served.get(path, { host })).json, `${host} ${path}`).toMatchObject({
          status: 403,
          code: "host_refused",
        });
      expect((await served.pause({ headers: { host } })).status).toBe(403);
    }
  });

  it("is accepted under the server's own hosts and the allowed ones", async () => {
    const { port } = served.server;
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      "tasks.example.org",
    ])
      expect((await served.get("/api/session", { host })).status, host).toBe(200);
  });

  it("cannot send commands from another origin, even with the token", async () => {
    const { port } = served.server;
    for (const origin of [
      "https://evil.example",
      "null",
      `https://127.0.0.1:${port}`,
      "http://127.0.0.1:1",
      `http://127.0.0.1:${port}.evil.example`,
      "file://",
    ])
      expect((await served.pause({ headers: { origin } })).json, origin).toMatchObject({
        status: 403,
        code: "origin_refused",
      });
  });

  it("is rejected for reads and writes when the browser marks it as cross-site", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const headers = { "sec-fetch-site": site };
      expect((await served.pause({ headers })).status, site).toBe(403);
      expect((await served.get("/api/session", headers)).status, site).toBe(403);
      expect((await served.get("/api/events/stream", headers)).status, site).toBe(403);
    }
  });

  it("is rejected when it comes from a form, which cannot send JSON or a token", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      const headers = { "content-type": type };
      expect((await served.pause({ isAnonymous: true, headers })).status, type).toBe(401);
      expect((await served.pause({ headers })).json, type).toMatchObject({
        status: 415,
        code: "media_type_unsupported",
      });
    }
  });

  it("receives no CORS headers", async () => {
    const { headers } = await served.get("/api/session", { origin: "https://evil.example" });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const preflight = await served.ask({
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(403);
  });

  it("is rejected with an absolute URL or another method", async () => {
    expect((await served.ask({ path: "http://evil.example/api/session" })).status).toBe(404);
    expect((await served.ask({ path: "//evil.example/api/session" })).status).toBe(404);
    expect((await served.ask({ method: "TRACE" })).status).toBe(405);
  });
});

describe("a stream of a cross-origin page", () => {
  const served = useUnchangedRegistry();

  it("is rejected before it opens", async () => {
    const authorization = `Bearer ${served.token}`;
    for (const path of ["/api/stream", "/api/runs/demo/stream"]) {
      for (const headers of [
        { authorization, origin: "https://evil.example" },
        { authorization, origin: "null" },
        { authorization, host: "evil.example" },
        { authorization, "sec-fetch-site": "cross-site" },
      ])
        expect(await served.webSocket(path, { headers }).opened, JSON.stringify(headers)).toEqual({ status: 403 });
      expect(await served.webSocket(path, { headers: {} }).opened).toEqual({ status: 401 });
      expect(await served.webSocket(path, { headers: { authorization: "Bearer x" } }).opened).toEqual({ status: 401 });
    }
  });

  it("is closed when a client sends too large a message", async () => {
    const client = served.webSocket();
    await client.first("snapshot");
    client.say("x".repeat(5_000));
    expect(await client.closed).toMatchObject({ code: 1009 });
    expect(served.problems).toEqual([]);
  });
});
