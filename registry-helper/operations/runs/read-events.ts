import type { JsonObject } from "../../model/json.ts";
import type { Registry } from "../../registry/registry.ts";
import { readLines } from "../../storage/journal-file.ts";
import { existingRunPaths, type RunPaths } from "../../storage/run-paths.ts";
import { parseObject } from "../../storage/run-projections.ts";

/** Every event of a run as plain objects, in file order. Lines that cannot be parsed are left out. */
export function readEvents(
  registry: Registry,
  runId: string,
  filter: { after?: number; limit?: number } = {},
): JsonObject[] {
  const paths = existingRunPaths(registry.fs, registry.root, runId);
  const after = filter.after ?? 0;
  const events = eventsIn(registry, paths).filter((event) => typeof event["seq"] !== "number" || event["seq"] > after);
  return filter.limit === undefined ? events : events.slice(-filter.limit);
}

export function eventsIn(registry: Registry, paths: RunPaths): JsonObject[] {
  const events: JsonObject[] = [];
  readLines(registry.fs, paths.events, 0, (line) => {
    const event = parseObject(line.text);
    if (event !== undefined) events.push(event);
  });
  return events;
}
