import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { SECRET, SOON, TIMING, useConnection } from "../../support/connection-fixture.ts";
import { HELLO, startFakeGateway, WELCOME } from "../../support/fake-gateway.ts";

const wire = useConnection();

describe("the handshake", () => {
  it("answers the challenge as a backend client with minimal scopes", async () => {
    wire.connect();
    await wire.opened();
    expect(wire.gateway.requests).toEqual([
      {
        method: "connect",
        params: {
          minProtocol: 4,
          maxProtocol: 4,
          client: {
            id: "gateway-client",
            mode: "backend",
            displayName: "ClawTask",
            version: "1.2.3",
            platform: process.platform,
          },
          role: "operator",
          scopes: ["operator.read", "operator.write"],
          caps: ["session-scoped-events"],
          auth: { token: SECRET },
        },
      },
    ]);
    expect(wire.connection.state).toEqual({ connected: true });
    expect(wire.states).toEqual([{ connected: true }]);
  });

  it("sends no credentials when the gateway requires none", async () => {
    wire.access = () => ({ url: wire.gateway.url, auth: {} });
    wire.connect();
    await wire.opened();
    expect(wire.gateway.requests[0]?.params).not.toHaveProperty("auth");
  });

  it("waits as long as a starting gateway asks and retries", async () => {
    const error = {
      code: "UNAVAILABLE",
      message: "gateway starting; retry shortly",
      retryable: true,
      retryAfterMs: 30,
      details: { reason: "startup-sidecars" },
    };
    wire.gateway.respond = () => ({ error });
    wire.connect();
    await vi.waitFor(() => expect(wire.connects()).toBe(2), SOON);
    expect(wire.log).toEqual([]);
    wire.gateway.respond = () => WELCOME;
    await wire.opened();
    expect(wire.states).toEqual([
      { connected: false, why: expect.stringContaining("gateway starting") as string },
      { connected: true },
    ]);
  });

  it("reports a rejected token and retries rarely", async () => {
    wire.gateway.respond = () => ({
      error: {
        code: "INVALID_REQUEST",
        message: "unauthorized: gateway token mismatch",
        details: { code: "AUTH_TOKEN_MISMATCH", canRetryWithDeviceToken: false },
      },
    });
    wire.connect();
    await vi.waitFor(() => expect(wire.lastWhy()).toContain("AUTH_TOKEN_MISMATCH"), SOON);
    await pause(TIMING.maxRetryMs * 2);
    expect(wire.connects()).toBe(1);

    wire.gateway.respond = () => WELCOME;
    await wire.opened();
    expect(wire.connects()).toBe(2);
  });

  it("disconnects when it has no read permission", async () => {
    wire.gateway.respond = () => ({ payload: { ...HELLO, auth: { role: "operator", scopes: [] } } });
    wire.connect();
    await vi.waitFor(() => expect(wire.lastWhy()).toBe("the gateway gives this plugin no right to read"), SOON);
    expect(wire.onOpen).not.toHaveBeenCalled();
  });

  it("stays connected with read permission only, and reports it", async () => {
    wire.gateway.respond = () => ({ payload: { ...HELLO, auth: { role: "operator", scopes: ["operator.read"] } } });
    wire.connect();
    await wire.opened();
    expect(wire.log).toContain("gateway connection without operator.write");
  });

  it.each([
    ["no challenge", () => void (wire.gateway.challenges = false)],
    ["no answer", () => void (wire.gateway.respond = () => "silence")],
  ])("times out with %s, and retries", async (_what, arrange) => {
    arrange();
    wire.connect();
    await vi.waitFor(() => expect(wire.lastWhy()).toContain("did not let us in"), SOON);
    wire.gateway.challenges = true;
    wire.gateway.respond = () => WELCOME;
    await wire.opened();
  });

  it("does not start without credentials, and asks for them again", async () => {
    wire.access = () => ({ blind: "there is no token: set one." });
    wire.connect();
    expect(wire.connection.state).toEqual({ connected: false, why: "there is no token: set one." });
    wire.access = () => ({ url: wire.gateway.url, auth: { token: SECRET } });
    await wire.opened();
  });

  it("recovers from unreadable credentials and an invalid URL", async () => {
    wire.access = () => {
      throw new Error("config is being replaced");
    };
    wire.connect();
    expect(wire.lastWhy()).toContain("config is being replaced");
    wire.access = () => ({ url: "no address", auth: {} });
    await vi.waitFor(() => expect(wire.lastWhy()).toContain("no address"), SOON);
    wire.access = () => ({ url: wire.gateway.url, auth: {} });
    await wire.opened();
  });
});

describe("a broken connection", () => {
  it.each([
    [1012, "service restart"],
    [1008, "slow consumer"],
    [1000, ""],
    [4000, "tick timeout"],
  ])("is restored after a close with code %i, and opens again for a resync", async (code, reason) => {
    wire.connect();
    await wire.opened();
    wire.gateway.drop(code, reason);
    await wire.opened(2);
    expect(wire.states[1]).toEqual({ connected: false, why: expect.stringContaining(String(code)) as string });
    expect(wire.states.map(({ connected }) => connected)).toEqual([true, false, true]);
  });

  it("is restored when the gateway was down for a while", async () => {
    wire.connect();
    await wire.opened();
    const { port } = wire.gateway;
    await wire.gateway.close();
    await vi.waitFor(() => expect(wire.lastWhy()).toContain("ECONNREFUSED"), SOON);
    wire.gateway = await startFakeGateway({ port });
    await wire.opened(2);
  });

  it("is retried with growing, jittered pauses up to a limit", async () => {
    const { port } = wire.gateway;
    await wire.gateway.close();
    const waits: number[] = [];
    const random = vi.fn(() => 0.5);
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    wire.connect({ random });
    await vi.waitFor(() => expect(random.mock.calls.length).toBeGreaterThanOrEqual(5), SOON);
    for (const [, ms] of setTimer.mock.calls) if (ms !== undefined && ms <= 40) waits.push(ms);
    setTimer.mockRestore();
    expect(waits.filter((ms) => [7.5, 15, 30].includes(ms)).slice(0, 4)).toEqual([7.5, 15, 30, 30]);
    wire.gateway = await startFakeGateway({ port });
    await wire.opened();
  });

  it("is detected by silence without events, ticks or pings", async () => {
    wire.gateway.respond = () => ({ payload: { ...HELLO, policy: { tickIntervalMs: 30 } } });
    wire.connect();
    await wire.opened();
    await vi.waitFor(() => expect(wire.lastWhy()).toBe("the gateway went silent"), SOON);
    await wire.opened(2);
  });

  it("is not assumed while the gateway sends ticks or pings", async () => {
    wire.gateway.respond = () => ({ payload: { ...HELLO, policy: { tickIntervalMs: 30 } } });
    wire.connect();
    await wire.opened();
    for (let round = 0; round < 12; round++) {
      if (round % 2 === 0) wire.gateway.event("tick", { ts: 1 });
      else for (const client of wire.gateway.clients) client.ping();
      await pause(20);
    }
    expect(wire.states).toEqual([{ connected: true }]);
    expect(wire.events).toEqual([]);
  });

  it("is caused by a frame that is too large", async () => {
    wire.connect({ maxFrameBytes: 10_000 });
    await wire.opened();
    wire.gateway.event("task", { text: "x".repeat(20_000) });
    await vi.waitFor(() => expect(wire.lastWhy()).toContain("Max payload size exceeded"), SOON);
    await wire.opened(2);
    expect(wire.events).toEqual([]);
  });
});

describe("the event stream of the gateway", () => {
  it("keeps the order and omits ticks", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.event("task", { action: "restored" }, 1);
    wire.gateway.event("tick", { ts: 1 }, 2);
    wire.gateway.event("cron", { jobId: "j" }, 3);
    await vi.waitFor(() => expect(wire.events).toHaveLength(2), SOON);
    expect(wire.events).toEqual([
      ["task", { action: "restored" }],
      ["cron", { jobId: "j" }],
    ]);
    expect(wire.onGap).not.toHaveBeenCalled();
  });

  it("detects gaps by sequence numbers, which restart with each connection", async () => {
    wire.connect();
    await wire.opened();
    wire.gateway.event("task", {}, 7);
    wire.gateway.event("task", {}, 8);
    wire.gateway.event("shutdown", {});
    wire.gateway.event("task", {}, 11);
    await vi.waitFor(() => expect(wire.events).toHaveLength(4), SOON);
    expect(wire.onGap).toHaveBeenCalledTimes(1);
    wire.gateway.drop(1012);
    await wire.opened(2);
    wire.gateway.event("task", {}, 1);
    await vi.waitFor(() => expect(wire.events).toHaveLength(5), SOON);
    expect(wire.onGap).toHaveBeenCalledTimes(1);
  });

  it("continues after invalid frames", async () => {
    wire.connect();
    await wire.opened();
    const garbage = ["", "no json", "null", "[]", "7", '{"type":"event"}', '{"type":"res","id":"77","ok":true}', "{"];
    for (const text of [...garbage, Buffer.from([0xff, 0x00])]) wire.gateway.raw(text);
    wire.gateway.event("task", { last: true });
    await vi.waitFor(() => expect(wire.events).toEqual([["task", { last: true }]]), SOON);
    expect(wire.states).toEqual([{ connected: true }]);
  });

  it("continues when a listener throws", async () => {
    const seen: string[] = [];
    wire.connect({
      onEvent: (name) => {
        seen.push(name);
        throw new Error("a mistake of ours");
      },
      onOpen: () => {
        wire.onOpen();
        throw new Error("another one");
      },
      onState: () => {
        throw new Error("a third one");
      },
    });
    await wire.opened();
    wire.gateway.event("task", {});
    wire.gateway.event("cron", {});
    await vi.waitFor(() => expect(seen).toEqual(["task", "cron"]), SOON);
    expect(wire.log.filter((text) => text.includes("a mistake of ours"))).toHaveLength(2);
  });
});

it("does not keep an idle process alive while connected", async () => {
  const module = new URL("../../../../plugin/host/connection/gateway-connection.ts", import.meta.url).href;
  const script = `
    import { GatewayConnection } from ${JSON.stringify(module)};
    const untilOpen = setInterval(() => {}, 1_000);
    const connection = new GatewayConnection({
      credentials: () => ({ url: ${JSON.stringify(wire.gateway.url)}, auth: {} }),
      onOpen: () => { console.log("open"); clearInterval(untilOpen); },
      onEvent() {}, onGap() {}, log: { info() {}, warn() {} },
    });
    connection.start();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 10_000,
  });
  expect(stdout).toBe("open\n");
});
