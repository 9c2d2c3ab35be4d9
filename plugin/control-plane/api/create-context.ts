import { LedgerIndex, openRegistry, version } from "../../../registry-helper/index.ts";
import { commandLineOn } from "../../commands/in-process-cli.ts";
import { NO_CHANGES } from "../contract/change-reader.ts";
import type { Desk } from "../handlers/context.ts";

/**
 * A desk on a registry, for a server that stands alone and for tests. Opens nothing yet: the index is opened by the
 * first request.
 */
export function openDesk(options: { root: string } & Partial<Omit<Desk, "index">>): Desk {
  const { registry = openRegistry({ root: options.root }) } = options;
  const startedAt = new Date(registry.now() / 1000).toISOString();
  return {
    registry,
    index: new LedgerIndex(registry),
    commandLine: options.commandLine ?? commandLineOn(registry),
    changes: options.changes ?? NO_CHANGES,
    ...(options.problem === undefined ? {} : { problem: options.problem }),
    facts: options.facts ?? (() => ({ version, startedAt })),
  };
}
