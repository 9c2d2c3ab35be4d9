import { usageError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Registry } from "../../registry/registry.ts";
import { withoutSeal } from "../../storage/journal-chain.ts";
import { readLines } from "../../storage/journal-file.ts";
import { CountingLines } from "../../storage/operation-span.ts";
import { existingRunPaths, type RunPaths } from "../../storage/run-paths.ts";
import { parseObject } from "../../storage/run-projections.ts";
import type { OperationContext, Outcome } from "../operation.ts";

export interface EventsInput {
  runId: string;
  /** Only those behind this position in the journal. */
  after?: number | undefined;
  /** Only so many, the last ones. */
  limit?: number | undefined;
}

/**
 * The events of a run, in file order.
 *
 * @throws ClawTaskError `usage` | `run_not_found`
 */
export function events(
  { registry }: OperationContext,
  { runId, after, limit }: EventsInput,
): Outcome<{ ok: true; events: JsonObject[] }> {
  requireCount(after, "after");
  requireCount(limit, "limit");
  return { document: { ok: true, events: readEvents(registry, runId, { after, limit }) } };
}

/** A whole number from 0 on; `written` is how it was given. */
export function requireCount(value: number | undefined, name: string, written = String(value)): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return;
  throw usageError(`argument --${name}: a whole number is expected, not '${written}'`, "events");
}

/**
 * Every event of a run as plain objects, in file order. Lines that cannot be parsed are left out, and so are those that
 * lost a race for their position: they do not count.
 */
export function readEvents(
  registry: Registry,
  runId: string,
  filter: { after?: number | undefined; limit?: number | undefined } = {},
): JsonObject[] {
  const paths = existingRunPaths(registry.fs, registry.root, runId);
  const after = filter.after ?? 0;
  const found = eventsIn(registry, paths).filter(({ seq }) => typeof seq !== "number" || seq > after);
  return filter.limit === undefined ? found : found.slice(-filter.limit);
}

export function eventsIn(registry: Registry, paths: RunPaths): JsonObject[] {
  const found: JsonObject[] = [];
  const counting = new CountingLines();
  readLines(registry.fs, paths.events, 0, (line) => {
    const event = parseObject(line.text);
    if (event !== undefined && counting.next(event) !== undefined) found.push(withoutSeal(event));
  });
  return found;
}
