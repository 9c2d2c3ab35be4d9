import type { Registry } from "../registry/registry.ts";
import { withIndex } from "../views/index/with-index.ts";
import type { IndexedContext } from "./operation.ts";

/**
 * A context for programs: the index is opened when it is needed.
 *
 * @example
 * const context = createOperationContext(openRegistry({ root }), { actor: "agent:main:main" });
 */
export function createOperationContext(
  registry: Registry,
  options: Partial<Omit<IndexedContext, "registry">> = {},
): IndexedContext {
  return {
    registry,
    self: "clawtask",
    cwd: registry.root,
    queryIndex: (query) => withIndex(registry, query),
    ...options,
  };
}
