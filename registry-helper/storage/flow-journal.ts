import { basename, join } from "node:path";
import type { FlowCommand } from "../domain/flow/commands.ts";
import type { FlowEvent } from "../model/flow-events.ts";
import type { FlowRecord } from "../model/flow-record.ts";
import { flowRecordShape } from "../model/flow-shapes.ts";
import { isJsonObject, toJsonFile } from "../model/json.ts";
import { SCHEMA_VERSION } from "../model/run-events.ts";
import { getErrno, type FileSystem, makeFolder, readTextIfExists, replaceFile } from "./file-system.ts";
import { EMPTY_FLOW, foldFlow, readFlowOperation } from "./flow-fold.ts";
import { type FlowPaths, flowPaths, orFlowRemoved, rejectSymlinkedFolder } from "./flow-paths.ts";
import { addKey, readKeys, writeKeys } from "./idempotency-index.ts";
import { sealLines } from "./journal-chain.ts";
import { requireWholeJournal } from "./journal-checkpoint.ts";
import { appendLines, getFileSize, voidTail } from "./journal-file.ts";
import type { Journal, RecordedOperation, Transaction } from "./journal.ts";
import { withLock } from "./lock.ts";
import { ensureMarker } from "./registry-marker.ts";
import { tooNew } from "./run-fold.ts";
import { parseObject } from "./run-projections.ts";
import { storageError } from "./storage-errors.ts";

/**
 * The journal of one flow, `flows/<flowId>/events.jsonl`, and its projections. One file for each flow makes the
 * position of its last line the flow's revision, and lets writers of different flows never wait for each other.
 */
export class FlowJournal implements Journal<FlowRecord, FlowEvent, FlowCommand> {
  readonly paths: FlowPaths;
  private readonly fs: FileSystem;
  private readonly root: string;
  private readonly createsFolder: boolean;

  /**
   * @param options.makes whether the flow's folder is made when there is none
   * @throws ClawTaskError `flow_not_found` for what is no id of a flow
   */
  constructor(options: { fs: FileSystem; root: string; flowId: string; createsFolder?: boolean }) {
    this.fs = options.fs;
    this.root = options.root;
    this.paths = flowPaths(options.root, options.flowId);
    this.createsFolder = options.createsFolder ?? false;
  }

  transact<Result>(work: (transaction: Transaction<FlowRecord, FlowEvent, FlowCommand>) => Result): Result {
    const { fs, paths } = this;
    try {
      if (!this.ensureFolder()) return work(NO_FLOW);
      return withLock({ fs, path: paths.lock }, () => work(new FlowTransaction(fs, paths, loadFlowFiles(fs, paths))));
    } catch (error) {
      throw storageError(orFlowRemoved(error, fs, paths), `flow ${paths.folder}`);
    }
  }

  /** The flow as it stands, without waiting for a writer. Folds what `flow.json` does not cover yet. */
  read(): LoadedFlow {
    try {
      return loadFlowFiles(this.fs, this.paths);
    } catch (error) {
      throw storageError(error, `flow ${this.paths.folder}`);
    }
  }

  /** A change of a flow that does not exist must leave no folder behind. */
  private ensureFolder(): boolean {
    const { fs, paths } = this;
    try {
      rejectSymlinkedFolder(fs, this.root, paths);
      return true;
    } catch (error) {
      if (getErrno(error) !== "ENOENT") throw error;
    }
    if (!this.createsFolder) return false;
    makeFolder(fs, this.root, paths.folder);
    return true;
  }
}

const NO_FLOW: Transaction<FlowRecord, FlowEvent, FlowCommand> = {
  state: undefined,
  seq: 0,
  notices: [],
  findOperation: () => undefined,
  append: () => {
    throw new Error("a change in a flow that does not exist");
  },
};

export interface LoadedFlow {
  flow: FlowRecord | undefined;
  /** Bytes of the journal up to its last whole operation. */
  size: number;
  keys: number;
  /** Hash of the last line that counts. */
  last: string;
  /** Keyed operations that `keys.idx` may not know yet. */
  unindexedKeys: { key: string; offset: number }[];
  tornBytes: number;
  /** True when the projections stand for exactly this state. */
  isProjected: boolean;
}

/** Loads a flow: from `flow.json` when it is as long as the journal says, else by folding what is missing. */
export function loadFlowFiles(fs: FileSystem, paths: FlowPaths): LoadedFlow {
  const journalBytes = getFileSize(fs, paths.events);
  const projected = readFlowFile(fs, paths);
  if (projected !== undefined && projected.size > journalBytes)
    requireWholeJournal(fs, paths.events, { bytes: projected.size, projection: "flow.json" });
  const { last } = projected ?? {};
  const known = projected !== undefined && last !== undefined ? { ...projected, last } : undefined;
  if (known !== undefined && known.size >= journalBytes)
    return { ...known, unindexedKeys: [], tornBytes: 0, isProjected: true };
  const fold = foldFlow(fs, paths.events, known ?? EMPTY_FLOW);
  return {
    flow: fold.flow,
    size: fold.size,
    keys: (known?.keys ?? 0) + fold.keys.length,
    last: fold.last,
    unindexedKeys: fold.keys,
    tornBytes: journalBytes - fold.size,
    isProjected: false,
  };
}

/** `flow.json`: the flow, and which part of the journal it stands for. */
export function flowFileText(flow: FlowRecord, checkpoint: FlowCheckpoint): string {
  return toJsonFile({ ...flow, clawtask: { schema: SCHEMA_VERSION, ...checkpoint } });
}

/** Which part of the journal `flow.json` stands for. */
export interface FlowCheckpoint {
  bytes: number;
  keys: number;
  /** Hash of the last line of that part; not there in files of 0.1.0. */
  last?: string;
}

/** `flow.json`, when it can be read: the flow, and which part of the journal it stands for. */
export function readFlowFile(
  fs: FileSystem,
  paths: FlowPaths,
): { flow: FlowRecord; size: number; keys: number; last: string | undefined } | undefined {
  const value = parseObject(readTextIfExists(fs, paths.flow));
  if (value === undefined) return undefined;
  const { clawtask: checkpoint, ...flow } = value;
  if (!isJsonObject(checkpoint)) return undefined;
  const { schema, bytes, keys, last } = checkpoint;
  if (typeof schema !== "number" || typeof bytes !== "number" || typeof keys !== "number") return undefined;
  if (schema > SCHEMA_VERSION) throw tooNew(paths.flow, schema);
  if (flowRecordShape(flow) !== undefined || flow["flowId"] !== basename(paths.folder)) return undefined;
  return { flow: flow as unknown as FlowRecord, size: bytes, keys, last: typeof last === "string" ? last : undefined };
}

class FlowTransaction implements Transaction<FlowRecord, FlowEvent, FlowCommand> {
  readonly state: FlowRecord | undefined;
  readonly seq: number;
  readonly notices: readonly string[];
  private readonly fs: FileSystem;
  private readonly paths: FlowPaths;
  private readonly loaded: LoadedFlow;

  constructor(fs: FileSystem, paths: FlowPaths, found: LoadedFlow) {
    const { tornBytes } = found;
    // Behind the tail that is voided, the journal goes on.
    const loaded = tornBytes > 0 ? { ...found, size: found.size + tornBytes } : found;
    this.fs = fs;
    this.paths = paths;
    this.loaded = loaded;
    this.state = loaded.flow;
    this.seq = loaded.flow?.revision ?? 0;
    const { size } = loaded;
    this.notices =
      tornBytes > 0
        ? [`voided ${tornBytes} bytes of an unfinished write in ${paths.events}; they were never acknowledged`]
        : [];
    if (tornBytes > 0) voidTail(fs, paths.events, { from: found.size, to: size });
    for (const { key, offset } of loaded.unindexedKeys) addKey(fs, paths.keys, key, offset);
    // A killed writer left the projection behind; what follows may write nothing and would leave it so.
    if (!loaded.isProjected && loaded.flow !== undefined)
      project(fs, paths, {
        flow: loaded.flow,
        newKeys: [],
        checkpoint: { bytes: size, keys: loaded.keys, last: loaded.last },
      });
  }

  findOperation(key: string): RecordedOperation<FlowRecord, FlowEvent> | undefined {
    const { fs, paths, loaded } = this;
    const index = readKeys(fs, paths.keys);
    let events = index.count === loaded.keys ? this.loadOperation(index.find(key)) : undefined;
    // An index that is behind, or points elsewhere, is wrong from end to end for all that can be known.
    if (events === undefined || (events.length > 0 && events[0]?.key !== key))
      events = this.loadOperation(rebuildFlowKeys(fs, paths).find((known) => known.key === key)?.offset);
    const last = events.at(-1);
    if (last === undefined || events[0]?.key !== key) return undefined;
    const { flow } = foldFlow(fs, paths.events, EMPTY_FLOW, last.seq);
    return flow === undefined ? undefined : { digest: events[0]?.digest, events, state: flow };
  }

  private loadOperation(offset: number | undefined): FlowEvent[] {
    return offset === undefined ? [] : readFlowOperation(this.fs, this.paths.events, offset);
  }

  append(events: readonly FlowEvent[], state: FlowRecord): void {
    const { fs, paths, loaded } = this;
    const { lines, last } = sealLines(events, loaded.last);
    const bytes = appendLines({ fs, path: paths.events, expectedSize: loaded.size, lines: lines.join("") });
    ensureMarker(fs, join(paths.folder, "..", ".."));
    const newKeys: { key: string; offset: number }[] = [];
    let offset = loaded.size;
    events.forEach((event, index) => {
      if (event.key !== undefined) newKeys.push({ key: event.key, offset });
      offset += Buffer.byteLength(lines[index] ?? "");
    });
    project(fs, paths, { flow: state, newKeys, checkpoint: { bytes, keys: loaded.keys + newKeys.length, last } });
  }
}

/** After the append the operation is done; a projection that cannot be written is rebuilt by the next one. */
function project(
  fs: FileSystem,
  paths: FlowPaths,
  what: {
    flow: FlowRecord;
    newKeys: readonly { key: string; offset: number }[];
    checkpoint: FlowCheckpoint;
  },
): void {
  try {
    for (const { key, offset } of what.newKeys) addKey(fs, paths.keys, key, offset);
    replaceFile(fs, paths.flow, flowFileText(what.flow, what.checkpoint));
  } catch {
    // The journal has the operation; failing now would tell the caller that it did not happen.
  }
}

/** Writes `keys.idx` anew from the journal, and answers what is in it now. */
export function rebuildFlowKeys(fs: FileSystem, paths: FlowPaths): readonly { key: string; offset: number }[] {
  const { keys } = foldFlow(fs, paths.events, EMPTY_FLOW);
  writeKeys(fs, paths.keys, keys);
  return keys;
}
