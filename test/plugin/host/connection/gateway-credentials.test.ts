import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GatewayConnection } from "../../../../plugin/host/connection/gateway-connection.ts";
import { gatewayAccess, type GatewaySources } from "../../../../plugin/host/connection/gateway-credentials.ts";
import { type FakeGateway, startFakeGateway } from "../../support/fake-gateway.ts";
import { useTempFolder } from "../../support/temp-folder.ts";
import { OTHER_CERTIFICATE, TEST_CERTIFICATE } from "../../support/test-certificate.ts";

const read = (gateway: unknown, env: NodeJS.ProcessEnv = {}, more: Partial<GatewaySources> = {}): unknown =>
  gatewayAccess({ config: { gateway }, env, ...more });
const TOKEN = { auth: { mode: "token", token: "t" } };

describe("the gateway's address", () => {
  it.each([
    ["the usual port", {}, {}, 18_789],
    ["the config's port", { port: 19_000 }, {}, 19_000],
    ["the port that the gateway wrote into its environment", { port: 19_000 }, { OPENCLAW_GATEWAY_PORT: "4711" }, 4711],
    ["a port with a host before it", {}, { OPENCLAW_GATEWAY_PORT: "127.0.0.1:4711" }, 4711],
    ["the config's port when the environment's is none", { port: 19_000 }, { OPENCLAW_GATEWAY_PORT: "x" }, 19_000],
    ["the usual port when both are none", { port: "a" }, { OPENCLAW_GATEWAY_PORT: "99999" }, 18_789],
  ])("is loopback with %s", (_what, gateway, env, port) => {
    expect(read({ ...TOKEN, ...gateway }, env)).toEqual({ url: `ws://127.0.0.1:${port}`, auth: { token: "t" } });
  });

  it("is loopback whatever the gateway binds to", () => {
    expect(read({ ...TOKEN, bind: "lan" })).toMatchObject({ url: "ws://127.0.0.1:18789" });
  });

  it("is none for a gateway on another machine", () => {
    expect(read({ ...TOKEN, mode: "remote" })).toEqual({ blind: expect.stringContaining("gateway.mode") as string });
  });
});

describe("the gateway's secret", () => {
  it.each([
    ["a token", { mode: "token", token: " t " }, {}, { token: "t" }],
    ["a token without a mode", { token: "t" }, {}, { token: "t" }],
    ["the config's token before the environment's", { token: "t" }, { OPENCLAW_GATEWAY_TOKEN: "e" }, { token: "t" }],
    ["the environment's token", { mode: "token" }, { OPENCLAW_GATEWAY_TOKEN: "e" }, { token: "e" }],
    [
      "the environment's token when the config's variable was missing",
      { mode: "token", token: "${GATEWAY_TOKEN}" },
      { OPENCLAW_GATEWAY_TOKEN: "e" },
      { token: "e" },
    ],
    ["a password", { mode: "password", password: "p", token: "t" }, {}, { password: "p" }],
    ["a password without a mode", { password: "p" }, {}, { password: "p" }],
    ["the environment's password", { mode: "password" }, { OPENCLAW_GATEWAY_PASSWORD: "e" }, { password: "e" }],
    ["a password beside a trusted proxy", { mode: "trusted-proxy", password: "p" }, {}, { password: "p" }],
    ["nothing where none is asked for", { mode: "none", token: "t" }, {}, {}],
  ])("is %s", (_what, auth, env, expected) => {
    expect(read({ auth }, env)).toMatchObject({ auth: expected });
  });

  it.each([
    ["no token", { mode: "token" }, "set gateway.auth.token or OPENCLAW_GATEWAY_TOKEN"],
    ["no auth at all", undefined, "there is no token"],
    ["no password", { mode: "password" }, "set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD"],
    ["a trusted proxy alone", { mode: "trusted-proxy" }, "gateway.auth.mode is trusted-proxy and there is no password"],
    ["a reference that was not resolved", { mode: "token", token: { source: "exec" } }, "is a secret reference"],
    ["a mode of tomorrow", { mode: "passkey", token: "t" }, "gateway.auth.mode passkey is not known"],
  ])("is missing with %s, and one sentence says what to do", (_what, auth, sentence) => {
    expect(read({ auth })).toEqual({ blind: expect.stringContaining(sentence) as string });
  });

  it.each([undefined, null, 7, "text", [], { gateway: 1 }, { gateway: { auth: "x" } }])(
    "is missing in a config that is none (%j)",
    (config) => {
      expect(gatewayAccess({ config, env: {} })).toHaveProperty("blind");
    },
  );
});

describe("a gateway that speaks TLS", () => {
  let gateway: FakeGateway | undefined;
  let connection: GatewayConnection | undefined;

  afterEach(async () => {
    await connection?.close();
    await gateway?.close();
    gateway = connection = undefined;
  });

  const tls = (settings: object): object => ({ ...TOKEN, port: gateway?.port, tls: { enabled: true, ...settings } });
  const connectTo = async (config: object, stateDir: string): Promise<{ why: string } | "open"> => {
    const open = vi.fn();
    const why: string[] = [];
    connection = new GatewayConnection({
      credentials: () => gatewayAccess({ config: { gateway: config }, env: {}, stateDir }),
      onOpen: open,
      onEvent: () => undefined,
      onGap: () => undefined,
      onState: (state) => (state.connected ? undefined : why.push(state.why)),
      log: { info: () => undefined, warn: () => undefined },
    });
    connection.start();
    await vi.waitFor(() => expect(open.mock.calls.length + why.length).toBeGreaterThan(0), { timeout: 5_000 });
    return open.mock.calls.length > 0 ? "open" : { why: why[0] ?? "" };
  };
  const folderWith = (certificate: string): string => {
    const folder = useTempFolder();
    mkdirSync(join(folder, "gateway", "tls"), { recursive: true });
    writeFileSync(join(folder, "gateway", "tls", "gateway-cert.pem"), certificate);
    return folder;
  };

  it("is known by the certificate that it made for itself", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    expect(await connectTo(tls({}), folderWith(TEST_CERTIFICATE.cert))).toBe("open");
  });

  it("is known by the certificate that it was given", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    const certPath = join(folderWith(TEST_CERTIFICATE.cert), "gateway", "tls", "gateway-cert.pem");
    expect(await connectTo(tls({ certPath }), useTempFolder())).toBe("open");
  });

  it("is not reached without a certificate to know it by", () => {
    const access = gatewayAccess({ config: { gateway: tls({}) }, env: {}, stateDir: useTempFolder() });
    expect(access).toEqual({ blind: expect.stringContaining("gateway.tls.certPath") as string });
  });

  it("is not told our secret when somebody else answers in its place", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    const result = await connectTo(tls({}), folderWith(OTHER_CERTIFICATE));
    expect(result).toMatchObject({ why: expect.stringContaining("certificate") as string });
    expect(gateway.requests).toEqual([]);
  });
});
