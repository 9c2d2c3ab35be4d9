import { constants } from "node:fs";
import { join } from "node:path";
import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, openFile, writeFile } from "../../storage/file-system.ts";
import { acceptanceOf } from "../../storage/journal-chain.ts";
import { readLines } from "../../storage/journal-file.ts";
import { auditJournal, type LineProblem } from "./audit-journal.ts";

export interface RepairAction {
  action:
    | "cut_tail"
    | "blank_line"
    | "accept_line"
    | "end_line"
    | "take_over_state"
    | "rebuild_projections"
    /** Nothing is done about it until somebody decides. */
    | "needs_decision";
  what: string;
}

export interface RepairOptions {
  /** Does it; without, only says what would be done. */
  apply: boolean;
  /** Lines that were changed after they were written are taken over as they stand. */
  acceptChanges?: boolean;
}

/** Where the last whole operation ends; in a journal that cannot be folded (yet), where the last line does. */
export function findIntactEnd(fs: FileSystem, path: string, sizeOfFold: () => number): number {
  try {
    return sizeOfFold();
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return readLines(fs, path, 0, () => undefined);
  }
}

/**
 * What is done about each line of a journal that is not as it was written. One that cannot be read, or was changed, is
 * kept in `events.damaged` and blanked in place. Taking over what somebody else wrote into it is a person's decision:
 * then the line is marked as accepted, in place, and every other byte stays where it is.
 *
 * @returns whether lines were lost, or would be
 */
export function repairLines(
  registry: Registry,
  paths: { events: string; folder: string },
  { apply, acceptChanges = false, actions }: RepairOptions & { actions: RepairAction[] },
): { hasLostLines: boolean } {
  let hasLostLines = false;
  for (const problem of auditJournal(registry.fs, paths.events, { hasGaps: false }).problems) {
    const { action, what, change } = planRepair(problem, acceptChanges);
    actions.push({ action, what: `line ${problem.number} ${problem.what}: ${what}` });
    hasLostLines ||= action === "blank_line";
    if (apply && change !== undefined) changeLine(registry, paths, { problem, change, keep: action !== "end_line" });
  }
  return { hasLostLines };
}

/** Bytes that are written into a line, from an offset in the file on. */
interface LineChange {
  at: number;
  bytes: string;
}

function planRepair(problem: LineProblem, acceptChanges: boolean): RepairAction & { change?: LineChange } {
  const { start, bytes, kind } = problem;
  if (kind === "endless")
    return { action: "end_line", what: "end it again", change: { at: start + bytes - 1, bytes: "\n" } };
  const acceptance = kind === "unreadable" ? undefined : acceptanceOf(problem.text);
  if (acceptChanges && acceptance !== undefined)
    return {
      action: "accept_line",
      what: "take it over as it stands, and mark it so (a copy is kept in events.damaged)",
      change: { at: start + bytes - acceptance.fromEnd, bytes: acceptance.bytes },
    };
  if (kind === "misplaced")
    return {
      action: "needs_decision",
      what: "restore the journal from a backup, or take it as it stands with --accept-changes",
    };
  return {
    action: "blank_line",
    what: `blank the unreadable line at byte ${start} (${bytes} bytes, kept in events.damaged)`,
    change: { at: start, bytes: " ".repeat(bytes) },
  };
}

/**
 * Keeps a line beside the journal and writes into it. Looked at once more first: it may have been the torn tail that
 * another writer has voided since, and gone on behind.
 */
function changeLine(
  { fs }: Registry,
  paths: { events: string; folder: string },
  { problem, change, keep }: { problem: LineProblem; change: LineChange; keep: boolean },
): void {
  const fd = openFile(fs, paths.events, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const found = Buffer.alloc(problem.bytes + 1);
    const length = fs.readSync(fd, found, 0, found.length, problem.start);
    const text = found.toString("utf8", 0, problem.kind === "endless" ? problem.bytes - 1 : problem.bytes);
    if (text !== problem.text || length < problem.bytes) return;
    if (keep) {
      const kept = join(paths.folder, "events.damaged");
      writeFile(fs, kept, found.subarray(0, length), { flags: constants.O_APPEND | constants.O_NOFOLLOW });
    }
    // A positioned write: everything behind the line keeps its place.
    const bytes = Buffer.from(change.bytes);
    fs.writeSync(fd, bytes, 0, bytes.length, change.at);
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
