import { constants } from "node:fs";
import { join } from "node:path";
import { isClawTaskError } from "../../model/errors.ts";
import { position } from "../../model/shapes.ts";
import type { Registry } from "../../registry/registry.ts";
import { getErrno, openFile } from "../../storage/file-system.ts";
import { readLines } from "../../storage/journal-file.ts";
import { CountingLines } from "../../storage/operation-span.ts";
import { parseObject } from "../../storage/run-projections.ts";
import { type ChangeDraft, describeChange, findEventTime } from "./describe-change.ts";
import type { JournalFile } from "./list-journals.ts";

/** How far a journal is told. */
export interface JournalCheckpoint {
  /** Offset behind the last complete line that was looked at. */
  bytes: number;
  /** Position of the last event. */
  seq: number;
  /** Time of the last event, in µs; 0 when there was none. */
  at: number;
  /** The file as it was seen: number, length, time of its last change, and how it begins. */
  file: number;
  size: number;
  modifiedMs: number;
  head: string;
}

/** What a journal has more than its mark. */
export interface JournalChanges {
  changes: ChangeDraft[];
  checkpoint: JournalCheckpoint;
  /** Set when the file was read from its beginning because another one is in its place: the tasks in it now. */
  tasksNow?: Set<string>;
  /** It has more lines than were wanted. */
  more: boolean;
}

export const UNREAD_CHECKPOINT: JournalCheckpoint = {
  bytes: 0,
  seq: 0,
  at: 0,
  file: 0,
  size: 0,
  modifiedMs: 0,
  head: "",
};

/** Of a journal's beginning; the first event and its time are in it. */
const HEAD_BYTES = 128;

export function toFileStamp({
  file,
  size,
  modifiedMs,
}: JournalFile): Pick<JournalCheckpoint, "file" | "size" | "modifiedMs"> {
  return { file, size, modifiedMs };
}

/**
 * Reads a journal from its mark on. A line that cannot be read, and one that lost a race for its position, tells
 * nothing.
 *
 * A journal that was put in the place of another (`tasks maintenance` drops and mends lines of a day; a backup was
 * brought back; a run was made anew under an old name) is read from its beginning, and what was told before is not
 * told again: an event is old when neither its position nor its time is behind the last one told. The position alone
 * would not do: when the last lines of a day go, the next event takes a position that was told before.
 */
export function readChanges(
  registry: Registry,
  found: JournalFile,
  checkpoint: JournalCheckpoint,
  most: number,
): JournalChanges {
  try {
    const head = readHead(registry, found);
    if (isSame(registry, found, checkpoint, head))
      return readOn({ registry, found, from: { ...checkpoint, head }, most });
    const tasksNow = new Set<string>();
    return {
      ...readOn({ registry, found, from: { ...UNREAD_CHECKPOINT, head }, reported: checkpoint, most, tasksNow }),
      tasksNow,
    };
  } catch (error) {
    // Taken away since it was listed: the next look does not find it.
    if (getErrno(error) === "ENOENT") return { changes: [], checkpoint, more: false };
    // A line without end, such as of a damaged disk: the journal's own readers say so. It is left behind.
    if (!isClawTaskError(error)) throw error;
    return { changes: [], checkpoint: { ...checkpoint, ...toFileStamp(found), bytes: found.size }, more: false };
  }
}

function readHead({ fs, root }: Registry, found: JournalFile): string {
  const fd = openFile(fs, join(root, found.path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString("latin1", 0, fs.readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** Numbers of files are used again: a new file may carry that of the one whose place it took, and its length. */
function isSame(registry: Registry, found: JournalFile, checkpoint: JournalCheckpoint, head: string): boolean {
  if (checkpoint.seq === 0 && checkpoint.bytes === 0) return true;
  const isGrown = found.file === checkpoint.file && found.size >= checkpoint.bytes && head.startsWith(checkpoint.head);
  return isGrown && continuesAfter(registry, found, checkpoint);
}

/** Whether what follows is a next line. */
function continuesAfter({ fs, root }: Registry, found: JournalFile, checkpoint: JournalCheckpoint): boolean {
  let isNext = true;
  readLines(fs, join(root, found.path), checkpoint.bytes, (line) => {
    if (line.text.trim() === "") return undefined;
    const event = parseObject(line.text);
    const seq = event?.["seq"];
    isNext = event !== undefined && (!isPosition(seq) || seq <= checkpoint.seq + 1);
    return "stop";
  });
  return isNext;
}

function readOn(options: {
  registry: Registry;
  found: JournalFile;
  from: JournalCheckpoint;
  /** What was told of the file that stood here before. */
  reported?: JournalCheckpoint;
  most: number;
  tasksNow?: Set<string>;
}): JournalChanges {
  const { registry, found, from, reported, most, tasksNow } = options;
  const changes: ChangeDraft[] = [];
  let { bytes, seq, at } = from;
  let more = false;
  const counting = new CountingLines(seq);
  // Where an operation began whose last lines are not there yet: they may never come, and others take their positions.
  let open: { bytes: number; seq: number; at: number; changes: number; last: number } | undefined;
  readLines(registry.fs, join(registry.root, found.path), from.bytes, (line) => {
    // Whoever compares with what stood here before has to see all of it.
    if (changes.length >= most && reported === undefined) {
      more = true;
      return "stop";
    }
    const before = { bytes, seq, at, changes: changes.length };
    bytes = line.end;
    const event = parseObject(line.text);
    if (typeof event?.["event"] !== "string") {
      open = undefined;
      return undefined;
    }
    if (found.kind === "task" && typeof event["taskId"] === "string") tasksNow?.add(event["taskId"]);
    // OpenTask's lines have no position; they count as one, as when the run is folded.
    const place = counting.next(event);
    if (place === undefined) return undefined;
    seq = place;
    const { span } = event;
    if (isPosition(span) && span > 1) open = { ...before, last: place + span - 1 };
    if (open !== undefined && place >= open.last) open = undefined;
    const time = findEventTime(event) ?? 0;
    at = Math.max(at, time);
    if (reported !== undefined && seq <= reported.seq && time <= reported.at) return undefined;
    changes.push(describeChange(event, { kind: found.kind, id: found.id, seq }));
    return undefined;
  });
  if (open !== undefined && !more) {
    ({ bytes, seq, at } = open);
    changes.length = open.changes;
  }
  const checkpoint = { ...from, ...toFileStamp(found), bytes, seq, at: Math.max(at, reported?.at ?? 0) };
  // Not all of it was seen yet: the next look has to find it changed.
  return { changes, checkpoint: more ? { ...checkpoint, size: bytes } : checkpoint, more };
}

function isPosition(value: unknown): value is number {
  return position(value) === undefined;
}

/** Where a journal ends, without telling what is in it. */
export function checkpointAtEnd(registry: Registry, found: JournalFile): JournalCheckpoint {
  const path = join(registry.root, found.path);
  for (const from of [Math.max(0, found.size - TAIL_BYTES), 0]) {
    const checkpoint: JournalCheckpoint = {
      ...UNREAD_CHECKPOINT,
      ...toFileStamp(found),
      head: readHead(registry, found),
    };
    readLines(registry.fs, path, from, (line) => {
      checkpoint.bytes = line.end;
      const event = parseObject(line.text);
      const seq = event?.["seq"];
      if (event === undefined || (!isPosition(seq) && from > 0)) return undefined;
      checkpoint.seq = isPosition(seq) ? Math.max(checkpoint.seq, seq) : checkpoint.seq + 1;
      checkpoint.at = Math.max(checkpoint.at, findEventTime(event) ?? 0);
      return undefined;
    });
    if (checkpoint.seq > 0 || from === 0) return checkpoint;
  }
  return { ...UNREAD_CHECKPOINT, ...toFileStamp(found) };
}

/** Enough for the last lines of a journal; where it is not, the whole file is read. */
const TAIL_BYTES = 256 * 1024;
