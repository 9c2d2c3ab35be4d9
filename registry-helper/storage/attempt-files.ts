import { dirname, extname, join, relative, sep } from "node:path";
import { findKeptPath } from "../domain/run/state/left-files.ts";
import { MAX_LEFT_FILES } from "../model/limits.ts";
import { isSameName, normalizeRunPath } from "../model/relative-path.ts";
import type { Evidence, LeftFile, RunNode } from "../model/run-documents.ts";
import { type FileSystem, flushFolder, getErrno, ifExists, makeFolder } from "./file-system.ts";
import { isWrittenSince } from "./run-files.ts";
import { findInside } from "./run-paths.ts";

/** How many files of one name are kept of one attempt: what was written late does not take the place of what it left. */
const MAX_COPIES = 9;

/**
 * Which of the files that an attempt left are moved out of the way of the next one, and where to. Only regular files that
 * lie in the run without a link on the way.
 */
export function planLeftFiles(
  fs: FileSystem,
  runFolder: string,
  about: { node: RunNode; attempt: number; nodes: readonly RunNode[]; files: readonly Evidence[] },
): LeftFile[] {
  const { node, attempt, nodes, files } = about;
  const planned = node.attempts?.flatMap(({ left = [] }) => left) ?? [];
  return files.slice(0, MAX_LEFT_FILES).flatMap((file) => {
    if (findPlainFile(fs, runFolder, file.path) === undefined) return [];
    // Planned a moment ago, by an event of the same operation.
    const isPlanned = planned.some(
      ({ path, kept, mtimeMs, size }) =>
        path === file.path && mtimeMs === file.mtimeMs && size === file.size && !hasName(fs, join(runFolder, kept)),
    );
    const wanted = findKeptPath(node, { path: normalizeRunPath(file.path), attempt, others: nodes });
    const kept = wanted === undefined || isPlanned ? undefined : findFreeName(fs, runFolder, wanted);
    return kept === undefined ? [] : [{ ...file, kept }];
  });
}

/**
 * Moves what earlier attempts left to where the journal says that it is kept. A file that was written since stays, and so
 * does one that cannot be moved: it proves nothing there either. Whatever a crash left undone is done by the next call.
 */
export function moveLeftFiles(fs: FileSystem, runFolder: string, left: readonly LeftFile[]): void {
  for (const file of left) {
    try {
      moveLeftFile(fs, runFolder, file);
    } catch {
      // The operation is done, and this only keeps a copy of the past.
    }
  }
}

function moveLeftFile(fs: FileSystem, runFolder: string, file: LeftFile): void {
  const from = findPlainFile(fs, runFolder, file.path);
  const to = join(runFolder, file.kept);
  if (from === undefined || hasName(fs, to) || isWrittenSince(fs, from, file)) return;
  makeFolder(fs, runFolder, dirname(to));
  fs.renameSync(from, to);
  flushFolder(fs, dirname(to));
  flushFolder(fs, dirname(from));
}

/** The path of a regular file of a run; undefined when it is none, or a link is on the way to it. */
function findPlainFile(fs: FileSystem, runFolder: string, path: string): string | undefined {
  const real = findInside(fs, runFolder, path);
  if (real === undefined) return undefined;
  const inside = relative(fs.realpathSync(runFolder), real).split(sep).join("/");
  return isSameName(inside, normalizeRunPath(path)) && fs.lstatSync(real).isFile() ? real : undefined;
}

function findFreeName(fs: FileSystem, runFolder: string, path: string): string | undefined {
  const extension = extname(path);
  const stem = extension === "" ? path : path.slice(0, -extension.length);
  for (let number = 1; number <= MAX_COPIES; number += 1) {
    const name = number === 1 ? path : `${stem}.${number}${extension}`;
    if (!hasName(fs, join(runFolder, name))) return name;
  }
  return undefined;
}

function hasName(fs: FileSystem, path: string): boolean {
  try {
    return ifExists(() => fs.lstatSync(path), undefined) !== undefined;
  } catch (error) {
    // A file stands where a folder belongs: nothing can be moved there now.
    if (getErrno(error) === "ENOTDIR") return false;
    throw error;
  }
}
