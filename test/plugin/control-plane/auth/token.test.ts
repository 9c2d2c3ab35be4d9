import { readFileSync, statSync, symlinkSync, writeFileSync, mkdirSync, chmodSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { LINK_LIFETIME_MS, OneTimeCodes } from "../../../../plugin/control-plane/auth/token-authenticator.ts";
import { loadOrCreateToken, getTokenPath } from "../../../../plugin/control-plane/auth/token-file.ts";
import { useTempFolder } from "../../support/temp-folder.ts";
import { useServedRegistry, useUnchangedRegistry } from "../support/served-registry.ts";

const getCode = (link: string): string => link.split("=")[1] ?? "";

describe("a client without the token", () => {
  const served = useUnchangedRegistry();

  it("cannot read, act or subscribe with a missing or wrong token", async () => {
    const wrong = ["x", `${served.token}x`, served.token.slice(1), "", "Basic abc"];
    for (const path of [
      "/api/session",
      "/api/runs",
      "/api/events/stream",
      "/metrics",
      "/api/openapi.json",
      "/api/nothing",
    ]) {
      expect((await served.ask({ path, isAnonymous: true })).json, path).toMatchObject({
        status: 401,
        code: "unauthorized",
      });
      for (const token of wrong) {
        const headers = { authorization: `Bearer ${token}` };
        expect((await served.ask({ path, isAnonymous: true, headers })).status, `${path} ${token}`).toBe(401);
      }
    }
    expect((await served.pause({ isAnonymous: true })).status).toBe(401);
    expect((await served.pause({ headers: { authorization: "Bearer x" } })).status).toBe(401);
  });

  it("is rejected with a token in the URL, which would be kept in histories and logs", async () => {
    for (const name of ["token", "access_token", "authorization"])
      expect((await served.ask({ path: `/api/session?${name}=${served.token}`, isAnonymous: true })).status).toBe(401);
    expect(await served.webSocket(`/api/stream?token=${served.token}`, { headers: {} }).opened).toEqual({
      status: 401,
    });
  });

  it("is rejected with a token in a cookie when no custom UI is served", async () => {
    const headers = { cookie: `clawtask_${served.server.port}=${served.token}; token=${served.token}` };
    expect((await served.ask({ isAnonymous: true, headers })).status).toBe(401);
  });
});

describe("the access token", () => {
  const served = useServedRegistry();

  it("is stored in a file only its owner can read, and is returned once for a link code", async () => {
    expect(statSync(getTokenPath(served.sandbox.root)).mode & 0o777).toBe(0o600);
    const exchange = (code: string) => served.post("/api/session/exchange", { code }, { isAnonymous: true });
    const code = getCode(served.server.link);
    expect((await exchange("x")).json).toMatchObject({ status: 401, code: "link_invalid" });
    expect((await exchange(code)).json).toEqual({ token: served.token });
    expect((await exchange(code)).status).toBe(401);
    for (const body of [null, [], 7, {}, { code: 7 }])
      expect((await served.post("/api/session/exchange", body, { isAnonymous: true })).status).toBe(401);
  });

  it("is returned for a link code only to pages of the server's own origin", async () => {
    const { link } = (await served.post("/api/session/link", {})).json;
    const code = getCode(String(link));
    const foreign = await served.post(
      "/api/session/exchange",
      { code },
      { isAnonymous: true, headers: { origin: "https://evil.example" } },
    );
    expect(foreign.status).toBe(403);
    expect((await served.post("/api/session/exchange", { code }, { isAnonymous: true })).status).toBe(200);
    expect((await served.post("/api/session/link", {}, { isAnonymous: true })).status).toBe(401);
  });

  it("is accepted in a WebSocket subprotocol and not echoed", async () => {
    const protocols = ["clawtask.v1", `clawtask.token.${served.token}`];
    const client = served.webSocket("/api/stream", { headers: {}, protocols });
    expect(await client.opened).toEqual({ status: 101 });
    expect((await client.first("snapshot")).type).toBe("snapshot");
    expect(JSON.stringify(client.messages)).not.toContain(served.token);
  });

  it("becomes invalid after rotation, together with its streams and links", async () => {
    const old = served.token;
    const { link } = (await served.post("/api/session/link", {})).json;
    const [webSocket, events, run] = [
      served.webSocket(),
      served.eventStream(),
      served.webSocket("/api/runs/demo/stream"),
    ];
    await Promise.all([
      webSocket.first("snapshot"),
      events.first("snapshot"),
      run.until(({ messages }) => messages[0]),
    ]);
    await loadOrCreateToken(served.sandbox.root, { rotate: true });

    expect(await webSocket.first("dropped")).toMatchObject({ code: "unauthorized" });
    expect(await webSocket.closed).toMatchObject({ code: 1008 });
    expect(await events.first("dropped")).toMatchObject({ code: "unauthorized" });
    expect(await run.closed).toMatchObject({ code: 1008 });
    const headers = { authorization: `Bearer ${old}` };
    expect((await served.ask({ headers })).status).toBe(401);
    expect((await served.pause({ headers })).status).toBe(401);
    expect(
      (await served.post("/api/session/exchange", { code: getCode(String(link)) }, { isAnonymous: true })).status,
    ).toBe(401);
    expect((await served.get("/api/session")).status).toBe(200);
  });

  it("appears in no response, URL, message or journal of the server", async () => {
    const { token } = served;
    for (const path of ["/api/session", "/api/health", "/metrics", "/api/overview", "/api/nothing", "/nothing"]) {
      const { text, headers } = await served.get(path);
      expect(text + JSON.stringify(headers), path).not.toContain(token);
    }
    expect(served.server.link).not.toContain(token);
    expect(served.problems.join("\n")).not.toContain(token);
    const journal = readFileSync(served.sandbox.path("runs/demo/events.jsonl"), "utf8");
    await served.pause();
    expect(journal + readFileSync(served.sandbox.path("runs/demo/events.jsonl"), "utf8")).not.toContain(token);
  });
});

describe("the token file", () => {
  it("is not followed as a symlink, is made private, and must contain a valid token", async () => {
    const root = useTempFolder();
    const path = getTokenPath(root);
    mkdirSync(dirname(path));
    const elsewhere = `${root}/elsewhere`;
    writeFileSync(elsewhere, "x".repeat(43));
    symlinkSync(elsewhere, path);
    await expect(loadOrCreateToken(root)).rejects.toThrow();
    await loadOrCreateToken(root, { rotate: true });
    expect(readFileSync(elsewhere, "utf8")).toBe("x".repeat(43));

    const token = await loadOrCreateToken(root);
    chmodSync(path, 0o644);
    expect(await loadOrCreateToken(root)).toBe(token);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, "short");
    await expect(loadOrCreateToken(root)).rejects.toThrow(/holds no token/);
  });
});

describe("OneTimeCodes", () => {
  it("redeems a code once and within its lifetime, and limits the number of codes", () => {
    let now = 0;
    const links = new OneTimeCodes(() => now);
    const [first, second] = [links.issue(), links.issue()];
    expect([links.redeem(first), links.redeem(first)]).toEqual([true, false]);
    now = LINK_LIFETIME_MS;
    expect(links.redeem(second)).toBe(false);
    const third = links.issue();
    for (let count = 0; count < 20; count += 1) links.issue();
    expect(links.redeem(third)).toBe(false);
  });
});
