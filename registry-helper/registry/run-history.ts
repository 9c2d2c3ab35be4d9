import type { RunDocument } from "../model/run-documents.ts";
import { type Micros, parseMicros } from "../model/time.ts";
import { readLines } from "../storage/journal-file.ts";
import { CountingLines } from "../storage/operation-span.ts";
import { EMPTY_RUN, foldRun } from "../storage/run-fold.ts";
import { existingRunPaths } from "../storage/run-paths.ts";
import { parseObject } from "../storage/run-projections.ts";
import type { Registry } from "./registry.ts";

/** A moment in the life of a run: a position in its journal, or a time. */
export type PastMoment = { seq: number } | { time: Micros };

/**
 * A run as it was at a past moment, folded from its journal. Undefined before its first event, and for what another
 * tool wrote: that is in no journal of ours.
 */
export function loadRunAt(
  registry: Registry,
  runId: string,
  moment: PastMoment,
): { run: RunDocument; seq: number } | undefined {
  const { fs } = registry;
  const { events } = existingRunPaths(fs, registry.root, runId);
  const until = "seq" in moment ? moment.seq : lastSeqBefore(registry, events, moment.time);
  const { document, seq } = foldRun(fs, events, EMPTY_RUN, until);
  return document === undefined ? undefined : { run: document, seq };
}

function lastSeqBefore({ fs }: Registry, path: string, time: Micros): number {
  let last = 0;
  const counting = new CountingLines();
  readLines(fs, path, 0, ({ text }) => {
    const event = parseObject(text);
    const at = parseMicros(event?.["timestamp"]);
    const seq = event === undefined ? undefined : counting.next(event);
    if (at === undefined || seq === undefined) return undefined;
    if (at > time) return "stop";
    last = seq;
    return undefined;
  });
  return last;
}
