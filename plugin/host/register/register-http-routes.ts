import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { GatewayAccess } from "../gateway-access.ts";
import type { PluginApi } from "../plugin-api.ts";
import { currentAccess } from "../request-access.ts";

/** Where the control plane is in the gateway. */
export const MOUNT = "/plugins/clawtask";
/** Where the page of the Control UI's tab reads: outside of `MOUNT`, so that no cookie for it is sent there. */
export const FRAME_MOUNT = "/plugins/clawtask-frame";

/** What answers below the mount. Undefined while it does not run. */
export interface HttpMount {
  /** @param access what the gateway lets the caller do */
  handle(request: IncomingMessage, response: ServerResponse, access: GatewayAccess): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, upgrade: { head: Buffer; access: GatewayAccess }): void;
  /** A request of the tab's page, which the gateway has not authenticated. */
  handleFrame(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * Routes under the gateway's own authentication: nobody gets here whom it has not let in, and what they may do follows
 * from the scopes that it gave them.
 */
export function registerHttpRoutes(
  api: PluginApi,
  getMount: () => HttpMount | undefined,
  readAccess: () => GatewayAccess = currentAccess,
): void {
  api.registerHttpRoute({
    path: MOUNT,
    match: "prefix",
    auth: "gateway",
    gatewayRuntimeScopeSurface: "trusted-operator",
    handler: (request, response) => {
      const found = getMount();
      if (found === undefined) response.writeHead(503, { "retry-after": "1" }).end();
      // Not waited for: the host would count a stream as work that goes on for ever, and its restart would wait for it.
      else void found.handle(request, response, readAccess());
      return true;
    },
    handleUpgrade: (request, socket, head) => {
      const found = getMount();
      if (found === undefined) socket.destroy();
      else found.upgrade(request, socket, { head, access: readAccess() });
      return true;
    },
  });
  registerFrameRoute(api, getMount);
}

/**
 * Where the page of our tab reads. The gateway's authentication would have to be a cookie there, since the page's frame
 * has no origin; so the page authenticates itself, with a key that only its own document has.
 */
function registerFrameRoute(api: PluginApi, getMount: () => HttpMount | undefined): void {
  api.registerHttpRoute({
    path: FRAME_MOUNT,
    match: "prefix",
    auth: "plugin",
    handler: (request, response) => {
      const found = getMount();
      if (found === undefined) response.writeHead(503, { "retry-after": "1" }).end();
      else void found.handleFrame(request, response);
      return true;
    },
  });
}

/** A tab of the host's Control UI: our page in a frame, which may read and not write. */
export function registerControlUiTab(api: PluginApi): void {
  api.session.controls.registerControlUiDescriptor({
    surface: "tab",
    id: "clawtask",
    label: "ClawTask",
    description: "What agents are doing, what is stuck and why, and what needs somebody.",
    icon: "list-checks",
    group: "control",
    slug: "clawtask",
    path: `${MOUNT}/`,
  });
}
