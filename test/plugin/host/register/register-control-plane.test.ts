import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import type { PluginApi } from "../../../../plugin/host/plugin-api.ts";
import {
  registerControlUiTab,
  type HttpMount,
  registerHttpRoutes,
} from "../../../../plugin/host/register/register-http-routes.ts";

const REQUEST = new IncomingMessage(new Socket());
const RESPONSE = new ServerResponse(REQUEST);
const ACCESS = { scopes: ["operator.read"] };
const SOCKET = new PassThrough();

type Route = Parameters<PluginApi["registerHttpRoute"]>[0];

function registered(mount: () => HttpMount | undefined): Route[] {
  const routes: Route[] = [];
  registerHttpRoutes(
    { registerHttpRoute: (route: Route) => routes.push(route) } as unknown as PluginApi,
    mount,
    () => ACCESS,
  );
  return routes;
}

describe("the control plane in the gateway", () => {
  it("uses the gateway's authentication for its page and streams", () => {
    expect(registered(() => undefined)[0]).toMatchObject({
      path: "/plugins/clawtask",
      match: "prefix",
      auth: "gateway",
      gatewayRuntimeScopeSurface: "trusted-operator",
    });
  });

  it("authenticates the tab's page by itself, outside of the path to which the gateway's cookie is sent", () => {
    expect(registered(() => undefined)[1]).toMatchObject({ path: "/plugins/clawtask-frame", auth: "plugin" });
    expect(registered(() => undefined)[1]).not.toHaveProperty("handleUpgrade");
  });

  it("passes on what the gateway lets the caller do", () => {
    const mount = {
      handle: vi.fn(() => Promise.resolve()),
      handleFrame: vi.fn(() => Promise.resolve()),
      upgrade: vi.fn(),
    };
    const [route, frame] = registered(() => mount);
    void route?.handler(REQUEST, RESPONSE);
    void route?.handleUpgrade?.(REQUEST, SOCKET, Buffer.alloc(0));
    void frame?.handler(REQUEST, RESPONSE);
    expect(mount.handle).toHaveBeenCalledWith(REQUEST, RESPONSE, ACCESS);
    expect(mount.upgrade).toHaveBeenCalledWith(REQUEST, SOCKET, { head: Buffer.alloc(0), access: ACCESS });
    expect(mount.handleFrame).toHaveBeenCalledWith(REQUEST, RESPONSE);
  });

  it("marks requests as handled at once, so that a stream does not delay a gateway restart", () => {
    const handle = vi.fn(() => new Promise<void>(() => undefined));
    const upgrade = vi.fn();
    const [route, frame] = registered(() => ({ handle, upgrade, handleFrame: handle }));
    expect(route?.handler(REQUEST, RESPONSE)).toBe(true);
    expect(frame?.handler(REQUEST, RESPONSE)).toBe(true);
    expect(route?.handleUpgrade?.(REQUEST, SOCKET, Buffer.alloc(0))).toBe(true);
    expect([handle, upgrade].map((called) => called.mock.calls.length)).toEqual([2, 1]);
  });

  it("answers 503 and closes WebSockets while the gateway service is not running", () => {
    const [route, frame] = registered(() => undefined);
    const end = vi.fn();
    const writeHead = vi.fn(() => ({ end }));
    for (const one of [route, frame]) void one?.handler(REQUEST, { writeHead } as unknown as ServerResponse);
    expect(writeHead.mock.calls).toEqual([
      [503, { "retry-after": "1" }],
      [503, { "retry-after": "1" }],
    ]);
    const destroy = vi.fn();
    void route?.handleUpgrade?.(REQUEST, { destroy } as unknown as Duplex, Buffer.alloc(0));
    expect(destroy).toHaveBeenCalled();
  });

  it("registers a tab with a page below the route, so that the host's grant covers its files", () => {
    const descriptors: { path: string }[] = [];
    const controls = { registerControlUiDescriptor: (descriptor: { path: string }) => descriptors.push(descriptor) };
    registerControlUiTab({ session: { controls } } as unknown as PluginApi);
    expect(descriptors).toEqual([
      expect.objectContaining({
        surface: "tab",
        label: "ClawTask",
        slug: "clawtask",
        group: "control",
        path: "/plugins/clawtask/",
      }),
    ]);
  });
});
