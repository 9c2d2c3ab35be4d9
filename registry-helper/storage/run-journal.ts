import { join } from "node:path";
import type { RunCommand } from "../domain/run/commands.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { RunDocument } from "../model/run-documents.ts";
import { type RunEvent, SCHEMA_VERSION } from "../model/run-events.ts";
import { runEventShape } from "../model/run-shapes.ts";
import { type FileSystem, readTextIfExists, replaceFile } from "./file-system.ts";
import { addKey, readKeys, writeKeys } from "./idempotency-index.ts";
import { CHAIN_START, sealLines, withoutSeal } from "./journal-chain.ts";
import { requireWholeJournal } from "./journal-checkpoint.ts";
import { appendLines, readLines, getFileSize, voidTail } from "./journal-file.ts";
import type { Journal, RecordedOperation, Transaction } from "./journal.ts";
import { withLock } from "./lock.ts";
import { ensureMarker } from "./registry-marker.ts";
import { EMPTY_RUN, foldRun, tooNew } from "./run-fold.ts";
import { requireOwnRecord } from "./run-folders.ts";
import { existingRunPaths, orRemoved, type RunPaths } from "./run-paths.ts";
import { foreignDocument, parseObject, parseStateFile, refsFileText, stateFileText } from "./run-projections.ts";
import { storageError } from "./storage-errors.ts";

/** The journal of one run that exists: `runs/<runId>/events.jsonl` and its projections. */
export class RunJournal implements Journal<RunDocument, RunEvent, RunCommand> {
  readonly paths: RunPaths;
  private readonly fs: FileSystem;
  private readonly place: { fs: FileSystem; root: string; runId: string };

  /** @throws ClawTaskError `run_not_found` */
  constructor(options: { fs: FileSystem; root: string; runId: string }) {
    this.fs = options.fs;
    this.place = options;
    this.paths = existingRunPaths(options.fs, options.root, options.runId);
  }

  transact<Result>(work: (transaction: Transaction<RunDocument, RunEvent, RunCommand>) => Result): Result {
    const { fs, paths } = this;
    try {
      return withLock({ fs, path: paths.lock }, () => work(new RunTransaction(fs, paths, this.load())));
    } catch (error) {
      throw storageError(orRemoved(error, this.place), `run ${paths.folder}`);
    }
  }

  /** The run as it stands, without waiting for a writer. Folds what `state.json` does not cover yet. */
  read(): LoadedRun {
    try {
      return this.load();
    } catch (error) {
      throw orRemoved(error, this.place);
    }
  }

  private load(): LoadedRun {
    const loaded = readRunJournal(this.fs, this.paths);
    requireOwnRecord((loaded.adoption?.found ?? loaded.document)?.state.runId, this.place.runId);
    return loaded;
  }
}

export interface LoadedRun {
  document: RunDocument | undefined;
  seq: number;
  /** Hash of the last line that counts. */
  last: string;
  /** Bytes of the journal up to its last whole operation. */
  size: number;
  keys: number;
  /** Keyed operations that `keys.idx` may not know yet. */
  unindexedKeys: { key: string; offset: number }[];
  /** Set when the run was last written by another tool: the state as found, to be taken over. */
  adoption: { found: RunDocument; reason: string } | undefined;
  tornBytes: number;
  /** True when the projections stand for exactly this state. */
  isProjected: boolean;
}

/**
 * Loads a run: from `state.json` when it is as long as the journal says, else by folding what is missing.
 * A run that OpenTask wrote is taken as its `state.json` says.
 */
export function readRunJournal(fs: FileSystem, paths: RunPaths): LoadedRun {
  const journalBytes = getFileSize(fs, paths.events);
  const stateFile = parseStateFile(readTextIfExists(fs, paths.state));
  const checkpoint = stateFile?.checkpoint;
  if (checkpoint !== undefined && checkpoint.schema > SCHEMA_VERSION) throw tooNew(paths.state, checkpoint.schema);

  const usable = checkpoint?.last !== undefined && checkpoint.seq > 0;
  if (checkpoint !== undefined && checkpoint.bytes > journalBytes)
    requireWholeJournal(fs, paths.events, { bytes: checkpoint.bytes, projection: "state.json" });
  const refs = usable ? parseObject(readTextIfExists(fs, paths.refs)) : undefined;
  const isOurs = refs?.["runId"] !== undefined && refs["runId"] === stateFile?.state["runId"];
  const known = usable && isOurs ? foreignDocument(stateFile?.state, refs) : undefined;
  const isCurrent = known !== undefined && (checkpoint?.bytes ?? 0) >= journalBytes;
  if (isCurrent && checkpoint !== undefined) {
    return {
      document: known,
      seq: checkpoint.seq,
      last: checkpoint.last ?? CHAIN_START,
      size: checkpoint.bytes,
      keys: checkpoint.keys,
      unindexedKeys: [],
      adoption: undefined,
      tornBytes: 0,
      isProjected: true,
    };
  }

  const from =
    known !== undefined && checkpoint !== undefined
      ? { document: known, seq: checkpoint.seq, size: checkpoint.bytes, last: checkpoint.last ?? CHAIN_START }
      : EMPTY_RUN;
  const fold = foldRun(fs, paths.events, from);
  const loaded = {
    document: fold.document,
    seq: fold.seq,
    last: fold.last,
    size: fold.size,
    keys: (from === EMPTY_RUN ? 0 : (checkpoint?.keys ?? 0)) + fold.keys.length,
    unindexedKeys: fold.keys,
    tornBytes: journalBytes - fold.size,
    isProjected: false,
  };
  if (fold.foreignLines === 0 && fold.document !== undefined) return { ...loaded, adoption: undefined };
  return { ...loaded, adoption: readForeignState(fs, paths, fold.document !== undefined) };
}

function readForeignState(fs: FileSystem, paths: RunPaths, wasOurs: boolean): { found: RunDocument; reason: string } {
  const state = parseStateFile(readTextIfExists(fs, paths.state))?.state;
  const found = foreignDocument(state, parseObject(readTextIfExists(fs, paths.refs)));
  if (found === undefined) {
    throw new ClawTaskError("registry_unreadable", {
      message: `${paths.folder}: state.json or refs.json cannot be read, and the journal alone does not tell the run`,
      remedy: { hint: "restore the two files from a backup, or scaffold the run again" },
    });
  }
  const reason = wasOurs ? "Another tool changed this run; taken over as found." : "Taken over from OpenTask as found.";
  return { found, reason };
}

class RunTransaction implements Transaction<RunDocument, RunEvent, RunCommand> {
  readonly state: RunDocument | undefined;
  readonly seq: number;
  readonly preamble?: RunCommand;
  readonly notices: readonly string[];
  private readonly fs: FileSystem;
  private readonly paths: RunPaths;
  private readonly loaded: LoadedRun;

  constructor(fs: FileSystem, paths: RunPaths, found: LoadedRun) {
    const { tornBytes } = found;
    // Behind the tail that is voided, the journal goes on.
    const loaded = tornBytes > 0 ? { ...found, size: found.size + tornBytes } : found;
    this.fs = fs;
    this.paths = paths;
    this.loaded = loaded;
    this.state = loaded.adoption?.found ?? loaded.document;
    this.seq = loaded.seq;
    if (loaded.adoption) this.preamble = { type: "adopt", ...loaded.adoption };
    this.notices =
      tornBytes > 0
        ? [`voided ${tornBytes} bytes of an unfinished write in ${paths.events}; they were never acknowledged`]
        : [];
    if (tornBytes > 0) voidTail(fs, paths.events, { from: found.size, to: loaded.size });
    for (const { key, offset } of loaded.unindexedKeys) addKey(fs, paths.keys, key, offset);
    this.catchUp();
  }

  /** A killed writer left the projections behind; what follows may write nothing and would leave them so. */
  private catchUp(): void {
    const { fs, paths, loaded } = this;
    if (loaded.isProjected || loaded.adoption !== undefined || loaded.document === undefined) return;
    const checkpoint = { seq: loaded.seq, bytes: loaded.size, keys: loaded.keys, last: loaded.last };
    writeProjections({ fs, paths, before: undefined, document: loaded.document, newKeys: [], checkpoint });
  }

  findOperation(key: string): RecordedOperation<RunDocument, RunEvent> | undefined {
    const { fs, paths, loaded } = this;
    const index = readKeys(fs, paths.keys);
    let events = index.count === loaded.keys ? this.loadOperation(index.find(key)) : undefined;
    // An index that is behind, or points elsewhere, is wrong from end to end for all that can be known.
    if (events === undefined || (events.length > 0 && events[0]?.key !== key))
      events = this.loadOperation(rebuildKeys(fs, paths).find((known) => known.key === key)?.offset);
    const last = events.at(-1);
    if (last === undefined || events[0]?.key !== key) return undefined;
    const { document } = foldRun(fs, paths.events, EMPTY_RUN, last.seq);
    return document === undefined ? undefined : { digest: events[0]?.digest, events, state: document };
  }

  private loadOperation(offset: number | undefined): RunEvent[] {
    return offset === undefined ? [] : readOperation(this.fs, this.paths.events, offset);
  }

  append(events: readonly RunEvent[], state: RunDocument): void {
    const { fs, paths, loaded } = this;
    const { lines, last } = sealLines(events, loaded.last);
    const size = appendLines({ fs, path: paths.events, expectedSize: loaded.size, lines: lines.join("") });
    ensureMarker(fs, join(paths.folder, "..", ".."));
    const newKeys: { key: string; offset: number }[] = [];
    let offset = loaded.size;
    events.forEach((event, index) => {
      if (event.key !== undefined) newKeys.push({ key: event.key, offset });
      offset += Buffer.byteLength(lines[index] ?? "");
    });
    writeProjections({
      fs,
      paths,
      before: loaded.isProjected ? this.state : undefined,
      document: state,
      newKeys,
      checkpoint: { seq: this.seq + events.length, bytes: size, keys: loaded.keys + newKeys.length, last },
    });
  }
}

/**
 * Writes the projections of a run, `state.json` last: its mark says that all of them are up to date.
 * After the append the operation is done; a projection that cannot be written is rebuilt by the next one.
 */
export function writeProjections(options: {
  fs: FileSystem;
  paths: RunPaths;
  /** What the projections stand for now; undefined when they are behind. */
  before: RunDocument | undefined;
  document: RunDocument;
  newKeys: readonly { key: string; offset: number }[];
  checkpoint: { seq: number; bytes: number; keys: number; last: string };
}): void {
  const { fs, paths, document } = options;
  try {
    for (const { key, offset } of options.newKeys) addKey(fs, paths.keys, key, offset);
    if (options.before?.refs !== document.refs) replaceFile(fs, paths.refs, refsFileText(document.refs));
    replaceFile(fs, paths.state, stateFileText(document.state, options.checkpoint));
  } catch {
    // The journal has the operation; failing now would tell the caller that it did not happen.
  }
}

function readOperation(fs: FileSystem, path: string, offset: number): RunEvent[] {
  const events: RunEvent[] = [];
  let wanted = 1;
  readLines(fs, path, offset, (line) => {
    if (events.length >= wanted || line.text.trim() === "") return;
    const value = parseObject(line.text);
    if (runEventShape(value) !== undefined) return;
    const event = value as unknown as RunEvent;
    if (events.length === 0) wanted = event.span ?? 1;
    events.push(withoutSeal(event));
  });
  return events;
}

/** Writes `keys.idx` anew from the journal, and answers what is in it now. */
export function rebuildKeys(fs: FileSystem, paths: RunPaths): readonly { key: string; offset: number }[] {
  const { keys } = foldRun(fs, paths.events, EMPTY_RUN);
  writeKeys(fs, paths.keys, keys);
  return keys;
}
