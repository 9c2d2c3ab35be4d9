import { isClawTaskError, usageError } from "../../model/errors.ts";
import { TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { formatMicros } from "../../model/time.ts";
import { runRevisionGuard } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import { requireDuration } from "../input-checks.ts";
import { type ChangeInput, type IndexedContext, type Outcome, resolveActor } from "../operation.ts";

export interface ArchiveInput extends Pick<ChangeInput, "expectedRevision"> {
  /** Either these runs, or those that ended longer ago than `olderThanMs`. */
  runIds?: readonly string[] | undefined;
  olderThanMs?: number | undefined;
  /** Takes them back out of the archive. */
  undo?: boolean | undefined;
  by?: string | undefined;
}

export interface ArchivedRun {
  runId: string;
  ok: boolean;
  changed: boolean;
  error?: { code: string; message: string; next?: string; details?: object };
}

export interface ArchiveDocument {
  /** False when one run was rejected; the others are archived all the same. */
  ok: boolean;
  runs: ArchivedRun[];
}

/**
 * Takes ended runs out of the lists, or back in.
 *
 * @throws ClawTaskError `usage`
 */
export function archive(context: IndexedContext, input: ArchiveInput): Outcome<ArchiveDocument> {
  const { runIds: named, olderThanMs, undo: isUndo = false, by, expectedRevision } = input;
  requireDuration(olderThanMs, { name: "older-than", command: "archive" });
  if ((named === undefined) === (olderThanMs === undefined))
    throw usageError("the following arguments are required: run_id, or --older-than", "archive");
  if (isUndo && named === undefined) throw usageError("argument --undo: name the runs to take back", "archive");
  const runIds = named ?? listEndedBefore(context, olderThanMs ?? 0);
  if (expectedRevision !== undefined && named?.length !== 1)
    throw usageError("argument --expected-revision: for one run", "archive");
  const command = { type: isUndo ? "unarchive" : "archive", by: resolveActor(context, by) } as const;
  const runs = runIds.map((runId) =>
    archiveRun(context, runId, { command, precondition: runRevisionGuard(runId, expectedRevision) }),
  );
  return { document: { ok: runs.every((run) => run.ok), runs } };
}

function listEndedBefore({ registry, queryIndex }: IndexedContext, ms: number): string[] {
  const cutoff = formatMicros(registry.now() - ms * 1000);
  const hasEnded = (status: string): boolean => TERMINAL_RUN_STATUSES.some((over) => over === status);
  return findRuns(registry, { withoutArchived: true }, queryIndex)
    .filter(({ status, updatedAt }) => hasEnded(status) && updatedAt !== null && updatedAt < cutoff)
    .map(({ runId }) => runId);
}

/** One that is rejected fails alone. */
function archiveRun(
  { registry }: IndexedContext,
  runId: string,
  request: Parameters<typeof commitRun>[2],
): ArchivedRun {
  try {
    return { runId, ok: true, changed: commitRun(registry, runId, request).events.length > 0 };
  } catch (thrown) {
    const error = storageError(thrown, `run ${runId}`);
    if (!isClawTaskError(error)) throw error;
    const { code, message, next, facts: details } = error;
    const more = { ...(next === undefined ? {} : { next }), ...(details === undefined ? {} : { details }) };
    return { runId, ok: false, changed: false, error: { code, message, ...more } };
  }
}
