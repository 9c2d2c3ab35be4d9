import { beforeEach, describe, expect, it } from "vitest";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import type { GatewayAccess } from "../../../../plugin/host/gateway-access.ts";
import { useRun } from "../../../support/registry-sandbox.ts";
import { MountedControlPlane, useMountedControlPlane } from "../support/mounted-control-plane.ts";
import { computeFingerprint } from "../support/served-registry.ts";

interface GatewayCaller {
  name: string;
  access: GatewayAccess;
  headers?: Record<string, string>;
  may: "nothing" | "read" | "write";
}

const ALL_SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];
const ana = { id: "p-ana", name: "Ana" };
const bearer = { authorization: "Bearer x" };

/** Every kind of caller that a gateway lets in, with the scopes that OpenClaw 2026.9.6 gives its requests. */
const CALLERS: readonly GatewayCaller[] = [
  { name: "token", access: { scopes: ALL_SCOPES }, headers: bearer, may: "write" },
  { name: "password", access: { scopes: ALL_SCOPES }, headers: { authorization: "Basic eDp5" }, may: "write" },
  { name: "token, default surface of the host", access: { scopes: ["operator.write"] }, headers: bearer, may: "write" },
  { name: "device that may write", access: { scopes: ["operator.read", "operator.write"] }, may: "write" },
  { name: "device that may read", access: { scopes: ["operator.read"] }, headers: bearer, may: "read" },
  { name: "device that may pair only", access: { scopes: ["operator.pairing"] }, headers: bearer, may: "nothing" },
  { name: "proxied viewer", access: { scopes: ["operator.read"], person: ana }, may: "read" },
  {
    name: "proxied viewer with a bearer and scopes of their own",
    access: { scopes: ["operator.read"], person: ana },
    headers: { ...bearer, "x-openclaw-scopes": "operator.admin" },
    may: "read",
  },
  { name: "proxied operator", access: { scopes: ["operator.read", "operator.write"], person: ana }, may: "write" },
  { name: "proxied admin", access: { scopes: ALL_SCOPES, person: ana }, may: "write" },
  { name: "proxied person without a role", access: { scopes: [], person: ana }, headers: bearer, may: "nothing" },
  { name: "grant of the tab", access: { scopes: ["operator.read"] }, may: "read" },
  { name: "plugin outside of a request", access: { scopes: [] }, headers: bearer, may: "nothing" },
];

/** A path of a route, with names that exist nowhere: what is asked is only whether the caller gets so far. */
const fillPath = (path: string): string => path.replace("{action}", "pause").replace(/\{\w+\}/g, "nobody");

const getCode = (text: string): string | undefined => {
  try {
    return (JSON.parse(text) as { code?: string }).code;
  } catch {
    return undefined;
  }
};

describe("a caller of the gateway", () => {
  const mounted = useMountedControlPlane();

  describe.each(CALLERS)("$name", ({ access, headers = {}, may }) => {
    beforeEach(() => {
      mounted.access = access;
    });

    it.each(ROUTES.filter(({ path }) => !path.startsWith("/api/session/")))(
      `may ${may}: $method $path`,
      async ({ method, path, writes }) => {
        const isStream = path.endsWith("/stream") && path !== "/api/events/stream";
        const upgrade = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
        const asked = isStream
          ? { headers: { ...headers, ...upgrade, "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" } }
          : { method, headers, ...(method === "POST" ? { body: {} } : {}) };
        const before = computeFingerprint(mounted.sandbox);
        const { status, text } = await mounted.ask(fillPath(path), asked);
        const code = getCode(text);
        if (may === "nothing") expect([status, code]).toEqual([403, "scope_missing"]);
        else if (writes === true && may === "read") expect([status, code]).toEqual([403, "read_only"]);
        else expect([status, code]).not.toContain(403);
        if (writes !== true || may !== "write") expect(computeFingerprint(mounted.sandbox)).toBe(before);
      },
    );
  });
});

describe("the journal of a run that was controlled through the gateway", () => {
  const mounted = useMountedControlPlane();

  it.each([
    { access: { scopes: ["operator.write"], person: ana }, by: "Ana (gateway user p-ana)" },
    { access: { scopes: ["operator.write"], person: { id: "p-1", name: "p-1" } }, by: "gateway user p-1" },
    { access: { scopes: ["operator.write"] }, by: "gateway api" },
  ])("names $by", async ({ access, by }) => {
    mounted.access = access;
    const headers = { "x-actor": "somebody else", "x-forwarded-user": "somebody else" };
    const body = { message: `asked by ${by}` };
    expect((await mounted.ask("/api/runs/demo/actions/note", { method: "POST", headers, body })).status).toBe(200);
    expect(mounted.sandbox.events("demo").filter(({ event }) => event.startsWith("control."))).toContainEqual(
      expect.objectContaining({ by }),
    );
  });
});

it("lets an answer of a viewer change nothing, and that of an operator count", async () => {
  const sandbox = useRun({ nodes: [{ id: "ok", kind: "approval" }] });
  const mounted = new MountedControlPlane();
  Object.assign(mounted, { sandbox });
  await mounted.start();
  const approve = async (): Promise<number> =>
    (
      await mounted.ask("/api/runs/demo/actions/approve", {
        method: "POST",
        headers: bearer,
        body: { nodeId: "ok", message: "yes" },
      })
    ).status;
  mounted.access = { scopes: ["operator.read"], person: ana };
  expect([await approve(), sandbox.getStatus("demo", "ok")]).toEqual([403, "ready"]);
  mounted.access = { scopes: ["operator.write"], person: ana };
  expect([await approve(), sandbox.getStatus("demo", "ok")]).toEqual([200, "completed"]);
  expect(sandbox.state("demo").nodes[0]?.answer).toMatchObject({
    via: "gateway",
    sender: "gateway:p-ana",
    by: "Ana (gateway user p-ana)",
  });
  await mounted.stop();
});
