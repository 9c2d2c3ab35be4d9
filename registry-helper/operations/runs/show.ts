import { usageError } from "../../model/errors.ts";
import type { RunRefs, RunState } from "../../model/run-documents.ts";
import { loadRunAt } from "../../registry/run-history.ts";
import { loadRun } from "../../registry/run-store.ts";
import { existingRunPaths } from "../../storage/run-paths.ts";
import { parsePastTime } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";

export interface ShowInput {
  runId: string;
  /** A past moment: a position in the journal, or a time as people write it (`2h`, `2026-11-20`). */
  at?: string | undefined;
}

export interface ShowDocument {
  ok: true;
  /** Folder of the run, absolute. */
  runPath: string;
  /** Of the run as it is. */
  revision?: number;
  /** Of a past moment: the last event before it. */
  at?: { seq: number; time: string };
  state: RunState;
  refs: RunRefs;
}

/**
 * A run as it is, or as it was at a past moment.
 *
 * @throws ClawTaskError `usage` | `run_not_found`
 */
export function show({ registry }: OperationContext, { runId, at }: ShowInput): Outcome<ShowDocument> {
  const runPath = existingRunPaths(registry.fs, registry.root, runId).folder;
  if (at === undefined) {
    const { run, seq } = loadRun(registry, runId);
    return { document: { ok: true, runPath, revision: seq, state: run.state, refs: run.refs } };
  }
  const moment = /^\d+$/.test(at)
    ? { seq: Number(at) }
    : { time: parsePastTime(at, registry.now(), { name: "at", command: "show" }) };
  const past = loadRunAt(registry, runId, moment);
  if (past === undefined) throw usageError(`argument --at: the journal of run ${runId} tells nothing of ${at}`, "show");
  const { state, refs } = past.run;
  return { document: { ok: true, runPath, at: { seq: past.seq, time: state.updatedAt }, state, refs } };
}
