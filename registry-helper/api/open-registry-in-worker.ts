import { openRegistry } from "../registry/registry.ts";
import { checkInput, groupMethods } from "./group-methods.ts";
import type { RegistryWorkerApi } from "./registry-api.ts";
import { type RegistryOptions, resolveOptions } from "./registry-options.ts";
import { RegistryThread } from "./registry-thread.ts";

/**
 * Opens a registry in a thread of its own, which the first call starts and `close()` ends. While no call is in progress
 * it does not keep the process alive.
 *
 * @throws ClawTaskError `argument_invalid` | `registry_unreadable`
 * @example
 * const registry = openRegistryInWorker({ root: "/srv/registry", actor: "nightly" });
 * const { tasks } = await registry.tasks.list({ status: "running" });
 * await registry.close();
 */
export function openRegistryInWorker(options: RegistryOptions = {}): RegistryWorkerApi {
  const location = resolveOptions("openRegistryInWorker", options);
  const { root } = openRegistry(location);
  const thread = new RegistryThread({ ...location, root });
  const methods = groupMethods(async (name, input) => {
    const { document, notices } = await thread.call(name, checkInput(name, input));
    for (const notice of notices) options.onNotice?.(notice, name);
    return document;
  });
  return { ...methods, root, close: () => thread.close() } as unknown as RegistryWorkerApi;
}
