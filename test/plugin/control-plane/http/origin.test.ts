import { describe, expect, it } from "vitest";
import { useUnchangedRegistry } from "../support/served-registry.ts";

describe("requests from elsewhere are refused, whatever they bring", () => {
  const served = useUnchangedRegistry(() => ({ allowHosts: ["tasks.example.org"] }));

  it("answers under no name but its own: a name that was made to lead here by DNS is refused", async () => {
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

  it("answers under its own names, and those that were allowed", async () => {
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

  it("refuses commands of a page of another origin, even with the token", async () => {
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

  it("refuses what the browser itself calls cross-site, for commands and for data", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const headers = { "sec-fetch-site": site };
      expect((await served.pause({ headers })).status, site).toBe(403);
      expect((await served.get("/api/session", headers)).status, site).toBe(403);
      expect((await served.get("/api/events/stream", headers)).status, site).toBe(403);
    }
  });

  it("refuses a cross-site form: it can neither send JSON nor a token", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      const headers = { "content-type": type };
      expect((await served.pause({ isAnonymous: true, headers })).status, type).toBe(401);
      expect((await served.pause({ headers })).json, type).toMatchObject({
        status: 415,
        code: "media_type_unsupported",
      });
    }
  });

  it("lets no other page read: no answer carries leave for another origin", async () => {
    const { headers } = await served.get("/api/session", { origin: "https://evil.example" });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const preflight = await served.ask({
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(403);
  });

  it("refuses addresses of other forms", async () => {
    expect((await served.ask({ path: "http://evil.example/api/session" })).status).toBe(404);
    expect((await served.ask({ path: "//evil.example/api/session" })).status).toBe(404);
    expect((await served.ask({ method: "TRACE" })).status).toBe(405);
  });
});

describe("streams of a foreign page", () => {
  const served = useUnchangedRegistry();

  it("are refused before they begin, on every stream", async () => {
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

  it("are cut off when a client says more than a listener has to", async () => {
    const client = served.webSocket();
    await client.first("snapshot");
    client.say("x".repeat(5_000));
    expect(await client.closed).toMatchObject({ code: 1009 });
    expect(served.problems).toEqual([]);
  });
});
