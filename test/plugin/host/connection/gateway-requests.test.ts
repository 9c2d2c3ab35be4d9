import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { RequestFailure } from "../../../../plugin/host/connection/gateway-requests.ts";
import { SOON, TIMING, useConnection } from "../../support/connection-fixture.ts";
import { WELCOME } from "../../support/fake-gateway.ts";

const wire = useConnection();
const failing = (failure: RequestFailure): object => expect.objectContaining({ failure }) as object;

describe("a gateway request", () => {
  it("receives its own answer", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.respond = ({ params }) => ({ payload: { echo: params["n"] } });
    const answers = [1, 2, 3].map((n) => wire.connection.request({ method: "echo", params: { n } }));
    expect(await Promise.all(answers)).toEqual([{ echo: 1 }, { echo: 2 }, { echo: 3 }]);
  });

  it("fails with the gateway's error code when it is refused", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.respond = () => ({
      error: { code: "FORBIDDEN", message: "missing scope: operator.admin", details: { code: "MISSING_SCOPE" } },
    });
    await expect(wire.connection.request({ method: "cron.run" })).rejects.toMatchObject({
      failure: "refused",
      method: "cron.run",
      message: "cron.run: missing scope: operator.admin",
      refusal: { code: "FORBIDDEN", detail: "MISSING_SCOPE", retryable: false },
    });
  });

  it("fails after its timeout and ignores a late answer", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.respond = () => "silence";
    await expect(wire.connection.request({ method: "slow", timeoutMs: 30 })).rejects.toEqual(failing("timeout"));
    wire.gateway.raw(JSON.stringify({ type: "res", id: "2", ok: true, payload: {} }));
    wire.gateway.respond = () => ({ payload: "fine" });
    expect(await wire.connection.request({ method: "next" })).toBe("fine");
  });

  it("fails when the connection breaks and is not sent twice", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.respond = ({ method }) => (method === "connect" ? WELCOME : "silence");
    const answer = wire.connection.request({ method: "tasks.cancel" });
    const failed = expect(answer).rejects.toEqual(failing("closed"));
    await vi.waitFor(() => expect(wire.gateway.requests).toHaveLength(2), SOON);
    wire.gateway.cut();
    await failed;
    await wire.opened(2);
    expect(wire.gateway.requests.map(({ method }) => method)).toEqual(["connect", "tasks.cancel", "connect"]);
  });

  it("fails at once while there is no connection", async () => {
    wire.gateway.respond = () => "silence";
    wire.connect();
    await expect(wire.connection.request({ method: "tasks.list" })).rejects.toEqual(failing("offline"));
    await vi.waitFor(() => expect(wire.gateway.requests).toHaveLength(1), SOON);
    await expect(wire.connection.request({ method: "tasks.list" })).rejects.toEqual(failing("offline"));
  });
});

describe("close", () => {
  it("closes the socket for good", async () => {
    wire.connect();
    await wire.opened();
    const answer = wire.connection.request({ method: "x" });
    const completed = answer.catch(() => undefined);
    await wire.connection.close();
    await completed;
    await vi.waitFor(() => expect(wire.gateway.clients.size).toBe(0), SOON);
    wire.connection.start();
    await pause(TIMING.maxRetryMs * 2);
    expect(wire.connects()).toBe(1);
    await expect(wire.connection.request({ method: "x" })).rejects.toEqual(failing("offline"));
  });

  it("is fast when the gateway does not answer", async () => {
    wire.connect();
    await wire.opened();
    for (const client of wire.gateway.clients) client.pause();
    const before = performance.now();
    await wire.connection.close();
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it("works during a handshake, between two attempts and twice", async () => {
    wire.gateway.respond = () => "silence";
    wire.connect();
    await wire.connection.close();
    await wire.connection.close();
    wire.access = () => ({ blind: "no" });
    wire.connect();
    await wire.connection.close();
    await pause(TIMING.refusedRetryMs + 50);
    expect(wire.connects()).toBeLessThanOrEqual(1);
  });
});
