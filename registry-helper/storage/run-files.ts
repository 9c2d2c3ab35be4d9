import { isClawTaskError } from "../model/errors.ts";
import { sha256Hex } from "../model/hash.ts";
import { MAX_HASHED_BYTES } from "../model/limits.ts";
import { resultPath } from "../model/result-path.ts";
import type { Evidence, RunNode } from "../model/run-documents.ts";
import { type FileSystem, getErrno, readFile } from "./file-system.ts";
import { findInside } from "./run-paths.ts";

/**
 * A file inside a run as it is now; undefined when it is not there.
 *
 * @throws ClawTaskError `registry_unreadable` for what is no regular file
 */
export function describeFile(fs: FileSystem, runFolder: string, path: string): Evidence | undefined {
  const file = findInside(fs, runFolder, path);
  if (file === undefined) return undefined;
  const { size, mtimeMs } = fs.statSync(file);
  const sha256 = size > MAX_HASHED_BYTES ? null : sha256Hex(readFile(fs, file, { followLinks: true }));
  return { path, size, sha256, mtimeMs };
}

/** The same for a caller whom nobody answers: what is no file that can be read is not there. */
export function describeReadableFile(fs: FileSystem, runFolder: string, path: string): Evidence | undefined {
  try {
    return describeFile(fs, runFolder, path);
  } catch (error) {
    if (isClawTaskError(error) || getErrno(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Whether a file that is there was written since it was described. Times are compared with each other only, never
 * with a clock: the files may be on another machine, whose clock differs.
 */
export function isWrittenSince(fs: FileSystem, file: string, before: Evidence): boolean {
  const { size, mtimeMs } = fs.statSync(file);
  if (size !== before.size || mtimeMs !== before.mtimeMs) return true;
  return before.sha256 !== null && sha256Hex(readFile(fs, file, { followLinks: true })) !== before.sha256;
}

/** The files that a node is to leave behind, as they are when an attempt starts. */
export function describeNodeFiles(fs: FileSystem, runFolder: string, node: RunNode): Evidence[] {
  const paths = new Set([...node.artifactPaths, resultPath(node.id)]);
  return [...paths].flatMap((path) => describeReadableFile(fs, runFolder, path) ?? []);
}
