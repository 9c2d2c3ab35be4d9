import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PluginApi } from "../plugin-api.ts";

/** Where the control plane is in the gateway. */
export const MOUNT = "/plugins/clawtask";

/** What answers below the mount. Undefined while it does not run. */
export interface HttpMount {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Routes under the gateway's own authentication: nobody gets here without its token, or the grant that it gave to the
 * frame of our tab.
 */
export function registerHttpRoutes(api: PluginApi, getMount: () => HttpMount | undefined): void {
  api.registerHttpRoute({
    path: MOUNT,
    match: "prefix",
    auth: "gateway",
    handler: (request, response) => {
      const found = getMount();
      if (found === undefined) response.writeHead(503, { "retry-after": "1" }).end();
      // Not waited for: the host would count a stream as work that goes on for ever, and its restart would wait for it.
      else void found.handle(request, response);
      return true;
    },
    handleUpgrade: (request, socket, head) => {
      const found = getMount();
      if (found === undefined) socket.destroy();
      else found.upgrade(request, socket, head);
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
