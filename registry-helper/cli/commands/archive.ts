import { isClawTaskError, usageError } from "../../model/errors.ts";
import { TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { formatMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { runPrecondition } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import { getActor } from "../arguments/actor.ts";
import { durationOption, REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";

interface Archived {
  runId: string;
  ok: boolean;
  changed: boolean;
  error?: { code: string; message: string; next?: string; details?: object };
}

/** Takes runs that are over out of the lists, or back in. */
export const archive: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "archive",
    positionals: [{ name: "run_id", optional: true, many: true }],
    options: [{ name: "older-than" }, { name: "undo", flag: true }, { name: "by" }, REVISION_OPTION],
  },
  run(context) {
    const { registry, args } = context;
    const olderThanMs = durationOption(args, "older-than", "archive");
    const named = args.lists["run_id"];
    if ((named === undefined) === (olderThanMs === undefined))
      throw usageError("the following arguments are required: run_id, or --older-than", "archive");
    const isUndo = args.flags.has("undo");
    if (isUndo && named === undefined) throw usageError("argument --undo: name the runs to take back", "archive");
    const runIds = named ?? runsBefore(registry, olderThanMs ?? 0);
    const expectedRevision = revisionOption(args, "archive");
    if (expectedRevision !== undefined && named?.length !== 1)
      throw usageError("argument --expected-revision: for one run", "archive");
    const type = isUndo ? "unarchive" : "archive";
    const runs = runIds.map((runId) =>
      change(registry, runId, {
        command: { type, by: getActor(context) },
        precondition: runPrecondition(runId, expectedRevision),
      }),
    );
    const ok = runs.every((run) => run.ok);
    return {
      json: { ok, runs },
      exit: ok ? 0 : 1,
      text: () =>
        runs.length === 0 ? "no run is that old\n" : runs.map((run) => `${formatLine(run, isUndo)}\n`).join(""),
    };
  },
};

function runsBefore(registry: Registry, ms: number): string[] {
  const cutoff = formatMicros(registry.now() - ms * 1000);
  const hasEnded = (status: string): boolean => TERMINAL_RUN_STATUSES.some((over) => over === status);
  return findRuns(registry, { withoutArchived: true })
    .filter(({ status, updatedAt }) => hasEnded(status) && updatedAt !== null && updatedAt < cutoff)
    .map(({ runId }) => runId);
}

/** One that is refused fails alone. */
function change(registry: Registry, runId: string, request: Parameters<typeof commitRun>[2]): Archived {
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

function formatLine({ runId, changed, error }: Archived, isUndo: boolean): string {
  if (error !== undefined)
    return `${error.message}\n  code: ${error.code}${error.next === undefined ? "" : `\n  next: ${error.next}`}`;
  if (isUndo) return changed ? `${runId} is back in the lists` : `${runId} was not in the archive`;
  return changed ? `${runId} is in the archive` : `${runId} was in the archive already`;
}
