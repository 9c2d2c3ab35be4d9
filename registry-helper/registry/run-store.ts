import { runAggregate } from "../domain/run/aggregate.ts";
import type { RunCommand } from "../domain/run/commands.ts";
import { findGateProblem } from "../domain/run/gate-guard.ts";
import { ClawTaskError } from "../model/errors.ts";
import { type EventOrigin, isChildSession } from "../model/event-origin.ts";
import { suggest } from "../model/remedy.ts";
import type { RunDocument } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { flushInside } from "../storage/place-file.ts";
import { describeNodeFiles } from "../storage/run-files.ts";
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
  const amend = (event: RunEvent, before: RunDocument | undefined): RunEvent =>
    withFilesBefore(fs, journal.paths.folder, { event, before });
  const guarded = withGateGuard({ ...request, beforeAppend }, origin);
  return commit({ journal, aggregate: runAggregate, now, origin, amend, request: guarded });
}

/**
 * A further attempt starts beside the files of earlier ones: what they were is recorded, so that only what is written
 * from then on proves something. A child that was seen at work may have written already, so it takes what was recorded
 * when its attempt became ready.
 */
function withFilesBefore(
  fs: FileSystem,
  folder: string,
  { event, before }: { event: RunEvent; before: RunDocument | undefined },
): RunEvent {
  const node = before?.state.nodes.find(({ id }) => id === event.nodeId);
  if (node === undefined || event.implied === true) return event;
  const isReopened = event.event === "node.ready" && node.startedAt !== null;
  const isStarted =
    event.event === "node.started" && node.status === "ready" && node.attempts !== undefined && event.by !== "observed";
  return isReopened || isStarted ? { ...event, filesBefore: describeNodeFiles(fs, folder, node) } : event;
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
