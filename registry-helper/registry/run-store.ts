import { runAggregate } from "../domain/run/aggregate.ts";
import type { RunCommand } from "../domain/run/commands.ts";
import { decideRun } from "../domain/run/decide/decide.ts";
import { ClawTaskError } from "../model/errors.ts";
import { suggest } from "../model/remedy.ts";
import type { RunDocument } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { flushInside } from "../storage/place-file.ts";
import { RunJournal, type LoadedRun } from "../storage/run-journal.ts";
import { type CommandRequest, type Committed, commit } from "./commit.ts";
import { readApprovalDefaults } from "./registry-settings.ts";
import type { Registry } from "./registry.ts";

/**
 * Changes one run: a `commit` on its journal.
 *
 * @throws ClawTaskError
 * @example
 * commitRun(registry, "demo", { command: { type: "progress", message: "half way", payload: {} } });
 */
export function commitRun(
  registry: Registry,
  runId: string,
  request: CommandRequest<RunDocument, RunCommand, RunEvent>,
): Committed<RunDocument, RunEvent> {
  const { fs, root, now, origin } = registry;
  const journal = new RunJournal({ fs, root, runId });
  const beforeAppend = (events: readonly RunEvent[], run: RunDocument): void => {
    request.beforeAppend?.(events, run);
    // What the journal is about to vouch for must not be gone after a power cut.
    for (const { evidence = [] } of events)
      for (const { path } of evidence) flushInside(fs, journal.paths.folder, path);
  };
  const approvals = mayPassApproval(request.command) ? readApprovalDefaults(registry) : undefined;
  const aggregate: typeof runAggregate = {
    ...runAggregate,
    decide: (run, command, context) => decideRun(run, command, { ...context, origin, approvals }),
  };
  return commit({ journal, aggregate, now, origin, request: { ...request, beforeAppend } });
}

/** Whether a command can open or go around an approval, so that it matters who may. */
function mayPassApproval({ type }: RunCommand): boolean {
  return type === "control" || type === "transition" || type === "tick";
}

/** Loads a run without changing anything. A run that OpenTask wrote is shown as its files say. */
export function loadRun(registry: Registry, runId: string): LoadedRun & { run: RunDocument; journal: RunJournal } {
  const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId });
  const loaded = journal.read();
  const run = loaded.adoption?.found ?? loaded.document;
  if (run === undefined)
    throw new ClawTaskError("run_not_found", {
      message: `run not found: ${runId}`,
      remedy: { commands: [suggest("list")] },
    });
  return { ...loaded, run, journal };
}
