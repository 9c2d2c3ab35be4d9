import { isNoise, superfluousEvents } from "../../domain/task/compact-events.ts";
import { EventCorrector, type Inconsistencies } from "../../domain/task/correct-event.ts";
import { toJsonLine } from "../../model/json.ts";
import type { TaskEvent } from "../../model/task-events.ts";
import type { Registry } from "../../registry/registry.ts";
import { findLineDamage, JournalChain, CHAIN_START, withoutSealText } from "../../storage/journal-chain.ts";
import { getFileStats, isVoidLine, readLines } from "../../storage/journal-file.ts";
import { readLedgerEvent } from "../../storage/ledger-operations.ts";
import { OperationBounds } from "../../storage/operation-span.ts";
import { dayPath } from "../../views/index/refresh-tasks.ts";

/** One line of a day's file that does not stay as it is. */
export interface LineEdit {
  start: number;
  /** Behind its newline. */
  end: number;
  /** What takes its place; nothing when it goes. */
  text?: string;
  /** Kept beside the ledger, in `<day>.damaged`. */
  quarantine: boolean;
}

/** What maintenance would do to one day. */
export interface DayPlan {
  day: string;
  /** Length of the part that was looked at, and the file's identity. */
  bytes: number;
  file: number;
  /** In the order of the file. */
  edits: LineEdit[];
  pruned: ReadonlySet<string>;
  counts: { damaged: number; mended: number; compacted: number; pruned: number; bytesFreed: number };
}

interface Line {
  start: number;
  end: number;
  event: TaskEvent;
  /** Belongs to an operation with an idempotency key. */
  isKeyed: boolean;
  /** It, or what stood before it, is not as it was written. */
  isChanged: boolean;
}

/** Reads a day and says what would be done to it. Changes nothing. */
export function planDay(
  registry: Registry,
  day: string,
  options: { prune: ReadonlySet<string>; mistakes: Inconsistencies; acceptChanges?: boolean },
): DayPlan {
  const path = dayPath(registry.root, day);
  const { file } = getFileStats(registry.fs, path);
  const { prune, acceptChanges = false } = options;
  const corrector = new EventCorrector(options.mistakes);
  const edits: LineEdit[] = [];
  const noisy = new Set<string>();
  const gone = new Set<string>();
  const counts = { damaged: 0, mended: 0, compacted: 0, pruned: 0, bytesFreed: 0 };
  const bytes = eachLine(registry, path, { acceptChanges }, (line) => {
    if (!("event" in line)) {
      if (!line.isBlank) counts.damaged += 1;
      edits.push({ start: line.start, end: line.end, quarantine: !line.isBlank });
      return;
    }
    const { event, start, end } = line;
    if (prune.has(event.taskId)) {
      gone.add(event.taskId);
      edits.push({ start, end, quarantine: false });
      return;
    }
    const mended = corrector.mended(event);
    if (mended !== event || (acceptChanges && line.isChanged)) {
      counts.mended += 1;
      edits.push({ start, end, text: `${toJsonLine(mended)}\n`, quarantine: true });
    } else if (isNoise(event) && !line.isKeyed) noisy.add(event.taskId);
  });
  const superfluous =
    noisy.size === 0 ? [] : compactable(registry, path, bytes, noisy, new Set(edits.map((e) => e.start)));
  counts.compacted = superfluous.length;
  counts.pruned = gone.size;
  const all = [...edits, ...superfluous].sort((one, other) => one.start - other.start);
  counts.bytesFreed = all.reduce((sum, { start, end, text }) => sum + end - start - Buffer.byteLength(text ?? ""), 0);
  return { day, bytes, file, edits: all, pruned: gone, counts };
}

/** Lines of settled tasks that their records do not need. The last line of the file stays: it carries the position. */
function compactable(
  registry: Registry,
  path: string,
  bytes: number,
  noisy: ReadonlySet<string>,
  edited: ReadonlySet<number>,
): LineEdit[] {
  const lines = new Map<string, Line[]>();
  eachLine(registry, path, { acceptChanges: false }, (line) => {
    if (!("event" in line) || !noisy.has(line.event.taskId) || line.end > bytes) return;
    const known = lines.get(line.event.taskId);
    if (known === undefined) lines.set(line.event.taskId, [line]);
    else known.push(line);
  });
  return [...lines.values()].flatMap((ofTask) => {
    const places = new Map(ofTask.map((line) => [line.event, line]));
    const stays = (event: TaskEvent): boolean => {
      const line = places.get(event);
      return line === undefined || line.isKeyed || line.end === bytes || edited.has(line.start);
    };
    const gone = superfluousEvents(
      ofTask.map(({ event }) => event),
      stays,
    );
    return ofTask.filter(({ event }) => gone.has(event)).map(({ start, end }) => ({ start, end, quarantine: false }));
  });
}

/** All complete lines, without those that lost a race for their position. Returns the offset behind the last. */
function eachLine(
  { fs }: Registry,
  path: string,
  { acceptChanges }: { acceptChanges: boolean },
  visit: (line: Line | { start: number; end: number; isBlank: boolean }) => void,
): number {
  let seq = 0;
  let keyedUntil = 0;
  const bounds = new OperationBounds<undefined>();
  const chain = new JournalChain(CHAIN_START);
  return readLines(fs, path, 0, (line) => {
    const { start, end, text } = line;
    const readable = acceptChanges ? { ...line, text: withoutSealText(text) } : line;
    const event = readLedgerEvent(path, readable, () => undefined);
    if (event === undefined) {
      if (!isVoidLine(text)) chain.loosen();
      bounds.forget();
      visit({ start, end, isBlank: text.trim() === "" });
    } else if (!bounds.isVoid(event, start, seq)) {
      seq = event.seq;
      if (event.key !== undefined) keyedUntil = event.seq + (event.span ?? 1);
      const isChanged = [findLineDamage(text), chain.follow(text)].some((problem) => problem !== undefined);
      visit({ start, end, event, isKeyed: event.seq < keyedUntil, isChanged });
    }
    return undefined;
  });
}
