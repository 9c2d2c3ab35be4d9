import { runAggregate } from "../domain/run/aggregate.ts";
import type { RunCommand } from "../domain/run/commands.ts";
import { findGateProblem } from "../domain/run/gate-guard.ts";
import { ClawTaskError } from "../model/errors.ts";
import { type EventOrigin, isChildSession } from "../model/event-origin.ts";
import { suggest } from "../model/remedy.ts";
import type { RunDocument } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { flushInside } from "../storage/place-file.ts";
import { RunJournal, type LoadedRun } from "../storage/run-journal.ts";
import { type CommandRequest, type Committed, commit } from "./commit.ts";
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
  const guarded = withGateGuard({ ...request, beforeAppend }, origin);
  return commit({ journal, aggregate: runAggregate, now, origin, request: guarded });
}

/** What answers a question of a run, or goes around it, is not for everybody. Controls record who has tried. */
function withGateGuard<Request extends CommandRequest<RunDocument, RunCommand, RunEvent>>(
  request: Request,
  origin: EventOrigin | undefined,
): Request {
  if (!isChildSession(origin?.session)) return request;
  return {
    ...request,
    loadFacts: (run: RunDocument | undefined, command: RunCommand): RunCommand => {
      const problem = run === undefined ? undefined : findGateProblem(run, command, origin);
      if (problem === undefined) return request.loadFacts?.(run, command) ?? command;
      if (command.type !== "control") throw problem;
      return { ...command, refusal: problem };
    },
  };
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
