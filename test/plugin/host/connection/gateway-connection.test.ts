import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ConnectionState,
  GatewayConnection,
  type GatewayConnectionOptions,
} from "../../../../plugin/host/connection/gateway-connection.ts";
import type { GatewayAccess } from "../../../../plugin/host/connection/gateway-credentials.ts";
import type { RequestFailure } from "../../../../plugin/host/connection/gateway-requests.ts";
import { type FakeGateway, HELLO, startFakeGateway, WELCOME } from "../../support/fake-gateway.ts";

const SECRET = "a-secret-nobody-may-read";
/** Short enough for a test, far enough apart to be told apart. */
const TIMING = { firstRetryMs: 10, maxRetryMs: 40, refusedRetryMs: 150, handshakeMs: 200, stableMs: 10_000 };
const SOON = { timeout: 3_000, interval: 5 };

let gateway: FakeGateway;
let connection: GatewayConnection;
let access: () => GatewayAccess;
let events: [string, unknown][];
let states: ConnectionState[];
let log: string[];
const onOpen = vi.fn();
const onGap = vi.fn();

function connect(options: Partial<GatewayConnectionOptions> = {}): GatewayConnection {
  const note = (text: string): void => void log.push(text);
  connection = new GatewayConnection({
    credentials: () => access(),
    onEvent: (name, payload) => void events.push([name, payload]),
    onOpen,
    onGap,
    onState: (state) => void states.push(state),
    log: { info: note, warn: note },
    version: "1.2.3",
    random: () => 1,
    timing: TIMING,
    ...options,
  });
  connection.start();
  return connection;
}

const opened = (times = 1): Promise<void> => vi.waitFor(() => expect(onOpen).toHaveBeenCalledTimes(times), SOON);
const connects = (): number => gateway.requests.filter(({ method }) => method === "connect").length;
const lastWhy = (): string => states.flatMap((state) => (state.connected ? [] : [state.why])).at(-1) ?? "";
const failing = (failure: RequestFailure): object => expect.objectContaining({ failure }) as object;

beforeEach(async () => {
  gateway = await startFakeGateway();
  access = () => ({ url: gateway.url, auth: { token: SECRET } });
  events = [];
  states = [];
  log = [];
  onOpen.mockReset();
  onGap.mockReset();
});

afterEach(async () => {
  await connection?.close();
  await gateway.close();
  expect(JSON.stringify([log, states])).not.toContain(SECRET);
});

describe("the handshake", () => {
  it("answers the challenge as a backend client with minimal scopes", async () => {
    connect();
    await opened();
    expect(gateway.requests).toEqual([
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
    expect(connection.state).toEqual({ connected: true });
    expect(states).toEqual([{ connected: true }]);
  });

  it("sends no credentials when the gateway requires none", async () => {
    access = () => ({ url: gateway.url, auth: {} });
    connect();
    await opened();
    expect(gateway.requests[0]?.params).not.toHaveProperty("auth");
  });

  it("waits as long as a starting gateway asks and retries", async () => {
    const error = {
      code: "UNAVAILABLE",
      message: "gateway starting; retry shortly",
      retryable: true,
      retryAfterMs: 30,
      details: { reason: "startup-sidecars" },
    };
    gateway.respond = () => ({ error });
    connect();
    await vi.waitFor(() => expect(connects()).toBe(2), SOON);
    gateway.respond = () => WELCOME;
    await opened();
    expect(states).toEqual([
      { connected: false, why: expect.stringContaining("gateway starting") as string },
      { connected: true },
    ]);
  });

  it("reports a rejected token and retries rarely", async () => {
    gateway.respond = () => ({
      error: {
        code: "INVALID_REQUEST",
        message: "unauthorized: gateway token mismatch",
        details: { code: "AUTH_TOKEN_MISMATCH", canRetryWithDeviceToken: false },
      },
    });
    connect();
    await vi.waitFor(() => expect(lastWhy()).toContain("AUTH_TOKEN_MISMATCH"), SOON);
    await pause(TIMING.maxRetryMs * 2);
    expect(connects()).toBe(1);

    gateway.respond = () => WELCOME;
    await opened();
    expect(connects()).toBe(2);
  });

  it("disconnects when it has no read permission", async () => {
    gateway.respond = () => ({ payload: { ...HELLO, auth: { role: "operator", scopes: [] } } });
    connect();
    await vi.waitFor(() => expect(lastWhy()).toBe("the gateway gives this plugin no right to read"), SOON);
    expect(onOpen).not.toHaveBeenCalled();
  });

  it("stays connected with read permission only, and reports it", async () => {
    gateway.respond = () => ({ payload: { ...HELLO, auth: { role: "operator", scopes: ["operator.read"] } } });
    connect();
    await opened();
    expect(log).toContain("gateway connection without operator.write");
  });

  it.each([
    ["no challenge", () => void (gateway.challenges = false)],
    ["no answer", () => void (gateway.respond = () => "silence")],
  ])("times out with %s, and retries", async (_what, arrange) => {
    arrange();
    connect();
    await vi.waitFor(() => expect(lastWhy()).toContain("did not let us in"), SOON);
    gateway.challenges = true;
    gateway.respond = () => WELCOME;
    await opened();
  });

  it("does not start without credentials, and asks for them again", async () => {
    access = () => ({ blind: "there is no token: set one." });
    connect();
    expect(connection.state).toEqual({ connected: false, why: "there is no token: set one." });
    access = () => ({ url: gateway.url, auth: { token: SECRET } });
    await opened();
  });

  it("recovers from unreadable credentials and an invalid URL", async () => {
    access = () => {
      throw new Error("config is being replaced");
    };
    connect();
    expect(lastWhy()).toContain("config is being replaced");
    access = () => ({ url: "no address", auth: {} });
    await vi.waitFor(() => expect(lastWhy()).toContain("no address"), SOON);
    access = () => ({ url: gateway.url, auth: {} });
    await opened();
  });
});

describe("a broken connection", () => {
  it.each([
    [1012, "service restart"],
    [1008, "slow consumer"],
    [1000, ""],
    [4000, "tick timeout"],
  ])("is restored after a close with code %i, and opens again for a resync", async (code, reason) => {
    connect();
    await opened();
    gateway.drop(code, reason);
    await opened(2);
    expect(states[1]).toEqual({ connected: false, why: expect.stringContaining(String(code)) as string });
    expect(states.map(({ connected }) => connected)).toEqual([true, false, true]);
  });

  it("is restored when the gateway was down for a while", async () => {
    connect();
    await opened();
    const { port } = gateway;
    await gateway.close();
    await vi.waitFor(() => expect(lastWhy()).toContain("ECONNREFUSED"), SOON);
    gateway = await startFakeGateway({ port });
    await opened(2);
  });

  it("is retried with growing, jittered pauses up to a limit", async () => {
    const { port } = gateway;
    await gateway.close();
    const waits: number[] = [];
    const random = vi.fn(() => 0.5);
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    connect({ random });
    await vi.waitFor(() => expect(random.mock.calls.length).toBeGreaterThanOrEqual(5), SOON);
    for (const [, ms] of setTimer.mock.calls) if (ms !== undefined && ms <= 40) waits.push(ms);
    setTimer.mockRestore();
    expect(waits.filter((ms) => [7.5, 15, 30].includes(ms)).slice(0, 4)).toEqual([7.5, 15, 30, 30]);
    gateway = await startFakeGateway({ port });
    await opened();
  });

  it("is detected by silence without events, ticks or pings", async () => {
    gateway.respond = () => ({ payload: { ...HELLO, policy: { tickIntervalMs: 30 } } });
    connect();
    await opened();
    await vi.waitFor(() => expect(lastWhy()).toBe("the gateway went silent"), SOON);
    await opened(2);
  });

  it("is not assumed while the gateway sends ticks or pings", async () => {
    gateway.respond = () => ({ payload: { ...HELLO, policy: { tickIntervalMs: 30 } } });
    connect();
    await opened();
    for (let round = 0; round < 12; round++) {
      if (round % 2 === 0) gateway.event("tick", { ts: 1 });
      else for (const client of gateway.clients) client.ping();
      await pause(20);
    }
    expect(states).toEqual([{ connected: true }]);
    expect(events).toEqual([]);
  });

  it("is caused by a frame that is too large", async () => {
    connect({ maxFrameBytes: 10_000 });
    await opened();
    gateway.event("task", { text: "x".repeat(20_000) });
    await vi.waitFor(() => expect(lastWhy()).toContain("Max payload size exceeded"), SOON);
    await opened(2);
    expect(events).toEqual([]);
  });
});

describe("the event stream of the gateway", () => {
  it("keeps the order and omits ticks", async () => {
    connect();
    await opened();
    gateway.event("task", { action: "restored" }, 1);
    gateway.event("tick", { ts: 1 }, 2);
    gateway.event("cron", { jobId: "j" }, 3);
    await vi.waitFor(() => expect(events).toHaveLength(2), SOON);
    expect(events).toEqual([
      ["task", { action: "restored" }],
      ["cron", { jobId: "j" }],
    ]);
    expect(onGap).not.toHaveBeenCalled();
  });

  it("detects gaps by sequence numbers, which restart with each connection", async () => {
    connect();
    await opened();
    gateway.event("task", {}, 7);
    gateway.event("task", {}, 8);
    gateway.event("shutdown", {});
    gateway.event("task", {}, 11);
    await vi.waitFor(() => expect(events).toHaveLength(4), SOON);
    expect(onGap).toHaveBeenCalledTimes(1);
    gateway.drop(1012);
    await opened(2);
    gateway.event("task", {}, 1);
    await vi.waitFor(() => expect(events).toHaveLength(5), SOON);
    expect(onGap).toHaveBeenCalledTimes(1);
  });

  it("continues after invalid frames", async () => {
    connect();
    await opened();
    const garbage = ["", "no json", "null", "[]", "7", '{"type":"event"}', '{"type":"res","id":"77","ok":true}', "{"];
    for (const text of [...garbage, Buffer.from([0xff, 0x00])]) gateway.raw(text);
    gateway.event("task", { last: true });
    await vi.waitFor(() => expect(events).toEqual([["task", { last: true }]]), SOON);
    expect(states).toEqual([{ connected: true }]);
  });

  it("continues when a listener throws", async () => {
    const seen: string[] = [];
    connect({
      onEvent: (name) => {
        seen.push(name);
        throw new Error("a mistake of ours");
      },
      onOpen: () => {
        onOpen();
        throw new Error("another one");
      },
      onState: () => {
        throw new Error("a third one");
      },
    });
    await opened();
    gateway.event("task", {});
    gateway.event("cron", {});
    await vi.waitFor(() => expect(seen).toEqual(["task", "cron"]), SOON);
    expect(log.filter((text) => text.includes("a mistake of ours"))).toHaveLength(2);
  });
});

describe("a gateway request", () => {
  it("receives its own answer", async () => {
    connect();
    await opened();
    gateway.respond = ({ params }) => ({ payload: { echo: params["n"] } });
    const answers = [1, 2, 3].map((n) => connection.request({ method: "echo", params: { n } }));
    expect(await Promise.all(answers)).toEqual([{ echo: 1 }, { echo: 2 }, { echo: 3 }]);
  });

  it("fails with the gateway's error code when it is refused", async () => {
    connect();
    await opened();
    gateway.respond = () => ({
      error: { code: "FORBIDDEN", message: "missing scope: operator.admin", details: { code: "MISSING_SCOPE" } },
    });
    await expect(connection.request({ method: "cron.run" })).rejects.toMatchObject({
      failure: "refused",
      method: "cron.run",
      message: "cron.run: missing scope: operator.admin",
      refusal: { code: "FORBIDDEN", detail: "MISSING_SCOPE", retryable: false },
    });
  });

  it("fails after its timeout and ignores a late answer", async () => {
    connect();
    await opened();
    gateway.respond = () => "silence";
    await expect(connection.request({ method: "slow", timeoutMs: 30 })).rejects.toEqual(failing("timeout"));
    gateway.raw(JSON.stringify({ type: "res", id: "2", ok: true, payload: {} }));
    gateway.respond = () => ({ payload: "fine" });
    expect(await connection.request({ method: "next" })).toBe("fine");
  });

  it("fails when the connection breaks and is not sent twice", async () => {
    connect();
    await opened();
    gateway.respond = ({ method }) => (method === "connect" ? WELCOME : "silence");
    const answer = connection.request({ method: "tasks.cancel" });
    const failed = expect(answer).rejects.toEqual(failing("closed"));
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(2), SOON);
    gateway.cut();
    await failed;
    await opened(2);
    expect(gateway.requests.map(({ method }) => method)).toEqual(["connect", "tasks.cancel", "connect"]);
  });

  it("fails at once while there is no connection", async () => {
    gateway.respond = () => "silence";
    connect();
    await expect(connection.request({ method: "tasks.list" })).rejects.toEqual(failing("offline"));
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1), SOON);
    await expect(connection.request({ method: "tasks.list" })).rejects.toEqual(failing("offline"));
  });
});

describe("close", () => {
  it("closes the socket for good", async () => {
    connect();
    await opened();
    const answer = connection.request({ method: "x" });
    const completed = answer.catch(() => undefined);
    await connection.close();
    await completed;
    await vi.waitFor(() => expect(gateway.clients.size).toBe(0), SOON);
    connection.start();
    await pause(TIMING.maxRetryMs * 2);
    expect(connects()).toBe(1);
    await expect(connection.request({ method: "x" })).rejects.toEqual(failing("offline"));
  });

  it("is fast when the gateway does not answer", async () => {
    connect();
    await opened();
    for (const client of gateway.clients) client.pause();
    const before = performance.now();
    await connection.close();
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it("works during a handshake, between two attempts and twice", async () => {
    gateway.respond = () => "silence";
    connect();
    await connection.close();
    await connection.close();
    access = () => ({ blind: "no" });
    connect();
    await connection.close();
    await pause(TIMING.refusedRetryMs + 50);
    expect(connects()).toBeLessThanOrEqual(1);
  });
});

it("does not keep an idle process alive while connected", async () => {
  const module = new URL("../../../../plugin/host/connection/gateway-connection.ts", import.meta.url).href;
  const script = `
    import { GatewayConnection } from ${JSON.stringify(module)};
    const untilOpen = setInterval(() => {}, 1_000);
    const connection = new GatewayConnection({
      credentials: () => ({ url: ${JSON.stringify(gateway.url)}, auth: {} }),
      onOpen: () => { console.log("open"); clearInterval(untilOpen); },
      onEvent() {}, onGap() {}, log: { info() {}, warn() {} },
    });
    connection.start();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 10_000,
  });
  expect(stdout).toBe("open\n");
});
