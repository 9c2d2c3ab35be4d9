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

describe("the gateway's URL", () => {
  it.each([
    ["the default port", {}, {}, 18_789],
    ["the config's port", { port: 19_000 }, {}, 19_000],
    ["the port in the gateway's environment", { port: 19_000 }, { OPENCLAW_GATEWAY_PORT: "4711" }, 4711],
    ["a port after a host", {}, { OPENCLAW_GATEWAY_PORT: "127.0.0.1:4711" }, 4711],
    ["the config's port when the environment's is invalid", { port: 19_000 }, { OPENCLAW_GATEWAY_PORT: "x" }, 19_000],
    ["the default port when both are invalid", { port: "a" }, { OPENCLAW_GATEWAY_PORT: "99999" }, 18_789],
  ])("uses loopback with %s", (_what, gateway, env, port) => {
    expect(read({ ...TOKEN, ...gateway }, env)).toEqual({ url: `ws://127.0.0.1:${port}`, auth: { token: "t" } });
  });

  it("uses loopback whatever address the gateway binds to", () => {
    expect(read({ ...TOKEN, bind: "lan" })).toMatchObject({ url: "ws://127.0.0.1:18789" });
  });

  it("is missing for a gateway on another machine", () => {
    expect(read({ ...TOKEN, mode: "remote" })).toEqual({ blind: expect.stringContaining("gateway.mode") as string });
  });
});

describe("the gateway's credentials", () => {
  it.each([
    ["a token", { mode: "token", token: " t " }, {}, { token: "t" }],
    ["a token without a mode", { token: "t" }, {}, { token: "t" }],
    ["the config's token before the environment's", { token: "t" }, { OPENCLAW_GATEWAY_TOKEN: "e" }, { token: "t" }],
    ["the environment's token", { mode: "token" }, { OPENCLAW_GATEWAY_TOKEN: "e" }, { token: "e" }],
    [
      "the environment's token when the config's variable was not set",
      { mode: "token", token: "${GATEWAY_TOKEN}" },
      { OPENCLAW_GATEWAY_TOKEN: "e" },
      { token: "e" },
    ],
    ["a password", { mode: "password", password: "p", token: "t" }, {}, { password: "p" }],
    ["a password without a mode", { password: "p" }, {}, { password: "p" }],
    ["the environment's password", { mode: "password" }, { OPENCLAW_GATEWAY_PASSWORD: "e" }, { password: "e" }],
    ["a password next to a trusted proxy", { mode: "trusted-proxy", password: "p" }, {}, { password: "p" }],
    ["empty when none are required", { mode: "none", token: "t" }, {}, {}],
  ])("are %s", (_what, auth, env, expected) => {
    expect(read({ auth }, env)).toMatchObject({ auth: expected });
  });

  it.each([
    ["no token", { mode: "token" }, "set gateway.auth.token or OPENCLAW_GATEWAY_TOKEN"],
    ["no auth at all", undefined, "there is no token"],
    ["no password", { mode: "password" }, "set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD"],
    ["a trusted proxy alone", { mode: "trusted-proxy" }, "gateway.auth.mode is trusted-proxy and there is no password"],
    ["an unresolved reference", { mode: "token", token: { source: "exec" } }, "is a secret reference"],
    ["an unknown mode", { mode: "passkey", token: "t" }, "gateway.auth.mode passkey is not known"],
  ])("are missing with %s, and the error says what to do", (_what, auth, sentence) => {
    expect(read({ auth })).toEqual({ blind: expect.stringContaining(sentence) as string });
  });

  it.each([undefined, null, 7, "text", [], { gateway: 1 }, { gateway: { auth: "x" } }])(
    "are missing in an invalid config: %j",
    (config) => {
      expect(gatewayAccess({ config, env: {} })).toHaveProperty("blind");
    },
  );
});

describe("a TLS gateway", () => {
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

  it("is verified by its self-signed certificate", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    expect(await connectTo(tls({}), folderWith(TEST_CERTIFICATE.cert))).toBe("open");
  });

  it("is verified by its configured certificate", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    const certPath = join(folderWith(TEST_CERTIFICATE.cert), "gateway", "tls", "gateway-cert.pem");
    expect(await connectTo(tls({ certPath }), useTempFolder())).toBe("open");
  });

  it("is not contacted without a certificate to verify it", () => {
    const access = gatewayAccess({ config: { gateway: tls({}) }, env: {}, stateDir: useTempFolder() });
    expect(access).toEqual({ blind: expect.stringContaining("gateway.tls.certPath") as string });
  });

  it("does not receive the token when the certificate does not match", async () => {
    gateway = await startFakeGateway({ tls: TEST_CERTIFICATE });
    const result = await connectTo(tls({}), folderWith(OTHER_CERTIFICATE));
    expect(result).toMatchObject({ why: expect.stringContaining("certificate") as string });
    expect(gateway.requests).toEqual([]);
  });
});
