import { runAggregate } from "../domain/run/aggregate.ts";
import type { RunCommand } from "../domain/run/commands.ts";
import { decideRun } from "../domain/run/decide/decide.ts";
import { ClawTaskError } from "../model/errors.ts";
import { suggest } from "../model/remedy.ts";
import type { RunDocument } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { moveLeftFiles, planLeftFiles } from "../storage/attempt-files.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { flushInside } from "../storage/place-file.ts";
import { describeNodeFiles } from "../storage/run-files.ts";
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
  const amend = (event: RunEvent, before: RunDocument | undefined): RunEvent =>
    withFilesBefore(fs, journal.paths.folder, { event, before });
  const approvals = mayPassApproval(request.command) ? readApprovalDefaults(registry) : undefined;
  const aggregate: typeof runAggregate = {
    ...runAggregate,
    decide: (run, command, context) => decideRun(run, command, { ...context, origin, approvals }),
  };
  const afterAppend = (events: readonly RunEvent[], run: RunDocument): void => {
    const touched = new Set(events.map(({ nodeId }) => nodeId));
    for (const { id, attempts = [] } of run.state.nodes)
      if (touched.has(id)) moveLeftFiles(fs, journal.paths.folder, attempts.at(-1)?.left ?? []);
  };
  return commit({ journal, aggregate, now, origin, amend, request: { ...request, beforeAppend, afterAppend } });
}

/**
 * A further attempt starts where earlier ones left files: what they were is recorded, so that only what is written from
 * then on proves something, and where they are moved to. A child that was seen at work may have written already, so it
 * takes what was recorded when its attempt became ready.
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
  if (!isReopened && !isStarted) return event;
  const filesBefore = describeNodeFiles(fs, folder, node);
  const attempt = (node.attempts?.length ?? 0) + (isReopened ? 1 : 0);
  const about = { node, attempt, nodes: before?.state.nodes ?? [], files: filesBefore };
  const left = event.left ?? planLeftFiles(fs, folder, about);
  return { ...event, filesBefore, ...(left.length === 0 && event.left === undefined ? {} : { left }) };
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
