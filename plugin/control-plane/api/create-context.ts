import { LedgerIndex, openRegistry, version } from "../../../registry-helper/internal.ts";
import { NO_CHANGES } from "../contract/change-feed.ts";
import type { ApiContext } from "../handlers/context.ts";

/**
 * An API worker on a registry, for a server that stands alone and for tests. Opens nothing yet: the index is opened by the
 * first request.
 */
export function createApiContext(options: { root: string } & Partial<Omit<ApiContext, "index">>): ApiContext {
  const { registry = openRegistry({ root: options.root }) } = options;
  const startedAt = new Date(registry.now() / 1000).toISOString();
  return {
    registry,
    index: new LedgerIndex(registry),
    changes: options.changes ?? NO_CHANGES,
    ...(options.problem === undefined ? {} : { problem: options.problem }),
    facts: options.facts ?? (() => ({ version, startedAt })),
  };
}
