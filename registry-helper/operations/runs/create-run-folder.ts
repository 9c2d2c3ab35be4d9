import { join, sep } from "node:path";
import { runAggregate } from "../../domain/run/aggregate.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { uniqueSuffix } from "../../model/ids.ts";
import { suggest } from "../../model/remedy.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RunEvent, RunEventDraft } from "../../model/run-events.ts";
import type { Micros } from "../../model/time.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import type { Registry } from "../../registry/registry.ts";
import {
  getErrno,
  FILE_MODE,
  type FileSystem,
  flushFolder,
  FOLDER_MODE,
  makeFolder,
} from "../../storage/file-system.ts";
import { addKey } from "../../storage/idempotency-index.ts";
import { CHAIN_START, sealLines } from "../../storage/journal-chain.ts";
import { appendLines } from "../../storage/journal-file.ts";
import { ensureMarker } from "../../storage/registry-marker.ts";
import { RunJournal } from "../../storage/run-journal.ts";
import { type RunPaths, runPaths, runPathsIn } from "../../storage/run-paths.ts";
import { refsFileText, stateFileText } from "../../storage/run-projections.ts";
import { createNodeFolder } from "./create-node-folder.ts";
import { writePrompts } from "./prompt-cache.ts";

/** What a run begins with. */
export interface NewRun {
  runId: string;
  events: readonly RunEvent[];
  workflowText: string;
  /** What the text says, for whoever shows its prompts; without it they are read from the text each time. */
  definition?: WorkflowDefinition | undefined;
  /** Puts more files into the folder before anybody sees it. */
  fill?: ((folder: string) => void) | undefined;
}

/** The events that make a run, with time, position and the key of the operation. */
export function stampInitialEvents(
  drafts: readonly RunEventDraft[],
  options: { now: Micros; idempotency: { key: string; digest: string } | undefined },
): RunEvent[] {
  const events: RunEvent[] = [];
  let state: RunDocument | undefined;
  for (const draft of drafts) {
    const operation =
      options.idempotency && events.length === 0 ? { ...options.idempotency, span: drafts.length } : undefined;
    const event = runAggregate.stamp(draft, {
      state,
      seq: events.length + 1,
      now: options.now,
      ...(operation ? { operation } : {}),
    });
    state = runAggregate.evolve(state, event);
    events.push(event);
  }
  return events;
}

/**
 * Builds a run in a folder of its own and moves it into place in one step: it exists whole or not at all, and a
 * command that was killed half-way can simply be repeated (B8).
 *
 * @throws ClawTaskError `run_exists`, or what the file system says
 */
export function createRunFolder({ fs, root }: Registry, run: NewRun): void {
  makeFolder(fs, root, join(root, "runs", ".staging"));
  // Beside the runs: they may lie on a volume of their own, and a rename does not leave one.
  const staging = join(root, "runs", ".staging", `${run.runId}-${process.pid}-${uniqueSuffix()}`);
  try {
    stageRun(fs, staging, run);
    publishRunFolder(fs, staging, runPaths(root, run.runId));
    ensureMarker(fs, root);
  } catch (error) {
    fs.rmSync(staging, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The events that made a run which is there already, when the same command made it.
 *
 * @throws ClawTaskError `run_exists`
 */
export function findPriorCreation(
  registry: Registry,
  runId: string,
  idempotency: { key: string | undefined; digest: string },
): RunEvent[] {
  const { key } = idempotency;
  if (key !== undefined) {
    const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId });
    const earlier = journal.transact((transaction) => transaction.findOperation(key));
    if (earlier?.digest === idempotency.digest) return earlier.events;
  }
  throw new ClawTaskError("run_exists", {
    message: `run already exists: ${runId}`,
    remedy: {
      hint: "choose another --run-id, or continue it",
      scope: "command line",
      commands: [suggest("next", runId)],
    },
  });
}

/** Builds the whole run folder, flushed, where no reader looks. */
function stageRun(fs: FileSystem, staging: string, { events, workflowText, definition, fill }: NewRun): void {
  const paths = runPathsIn(staging);
  // One by one: made with those above it, a folder on a read-only disk is said to be missing.
  for (const folder of [staging, paths.nodes]) fs.mkdirSync(folder, FOLDER_MODE);
  const document = events.reduce<RunDocument | undefined>(
    (state, event) => runAggregate.evolve(state, event),
    undefined,
  );
  if (document === undefined) throw new Error("a run without its first event");
  fill?.(staging);
  for (const node of document.state.nodes) createNodeFolder(fs, paths, node);
  fs.writeFileSync(paths.workflowLock, workflowText, { mode: FILE_MODE, flush: true });
  if (definition !== undefined) writePrompts(fs, paths, definition);
  fs.writeFileSync(paths.control, "", { mode: FILE_MODE });
  const { lines, last } = sealLines(events, CHAIN_START);
  const bytes = appendLines({ fs, path: paths.events, expectedSize: 0, lines: lines.join("") });
  const key = events[0]?.key;
  if (key !== undefined) addKey(fs, paths.keys, key, 0);
  fs.writeFileSync(paths.refs, refsFileText(document.refs), { mode: FILE_MODE });
  const idempotency = { seq: events.length, bytes, keys: key === undefined ? 0 : 1, last };
  fs.writeFileSync(paths.state, stateFileText(document.state, idempotency), { mode: FILE_MODE });
  flushFolder(fs, paths.nodes);
  flushFolder(fs, paths.folder);
}

function publishRunFolder(fs: FileSystem, staging: string, paths: RunPaths): void {
  try {
    fs.renameSync(staging, paths.folder);
  } catch (error) {
    if (getErrno(error) !== "ENOTEMPTY" && getErrno(error) !== "EEXIST") throw error;
    throw new ClawTaskError("run_exists", {
      message: `run already exists: ${paths.folder.split(sep).at(-1) ?? ""}`,
      remedy: { scope: "command line", hint: "another command made it at the same moment; choose another --run-id" },
    });
  }
  flushFolder(fs, join(paths.folder, ".."));
}
