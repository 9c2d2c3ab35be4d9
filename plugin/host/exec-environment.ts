import { currentRoute } from "./parse-route.ts";
import type { PluginApi } from "./plugin-api.ts";
import { recordIn, textIn } from "./untyped-fields.ts";

/**
 * Adds to the environment of an agent's `exec` what the helper would otherwise have to be told: which
 * registry, which session asks, where its answers go, and the gateway's own Node (the `node` of the shell
 * that `exec` starts may be an older one). Works without any right of the plugin.
 */
export function supplyExecEnvironment(api: PluginApi, registryRoot: () => string | undefined): void {
  api.on("resolve_exec_env", async (event, ctx) => {
    const root = registryRoot();
    if (root === undefined) return undefined;
    const sessionKey = textIn(recordIn(event), "sessionKey") ?? textIn(recordIn(ctx), "sessionKey");
    const common = { CLAWTASK_REGISTRY_ROOT: root, CLAWTASK_NODE: process.execPath };
    if (sessionKey === undefined) return common;
    const route = await currentRoute(api, sessionKey).catch(() => undefined);
    const { sessionKey: _session, ...context } = route ?? {};
    return {
      ...common,
      CLAWTASK_SESSION_KEY: sessionKey,
      ...(route === undefined || route.channel === "webchat"
        ? {}
        : { CLAWTASK_DELIVERY_CONTEXT: JSON.stringify(context) }),
    };
  });
}
