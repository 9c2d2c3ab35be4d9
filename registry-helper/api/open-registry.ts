import { runOperation } from "../operations/call-operation.ts";
import { createOperationContext } from "../operations/operation-context.ts";
import { openRegistry } from "../registry/registry.ts";
import { checkInput, groupMethods } from "./group-methods.ts";
import type { RegistryApi } from "./registry-api.ts";
import { type RegistryOptions, resolveOptions } from "./registry-options.ts";

/**
 * Opens a registry. Nothing is written by that, and nothing has to be closed.
 *
 * @throws ClawTaskError `argument_invalid` | `registry_unreadable`
 * @example
 * const registry = openRegistry({ root: "/srv/registry", actor: "nightly" });
 * const { runs } = registry.runs.list({ status: "running" });
 */
export function openRegistryApi(options: RegistryOptions = {}): RegistryApi {
  const { root, origin, approvals, ...caller } = resolveOptions("openRegistry", options);
  const context = createOperationContext(openRegistry({ root, origin, approvals }), caller);
  const methods = groupMethods((name, input) => {
    const { document, notices = [] } = runOperation(context, name, checkInput(name, input));
    for (const notice of notices) options.onNotice?.(notice, name);
    return document;
  });
  return { ...methods, root: context.registry.root } as unknown as RegistryApi;
}
