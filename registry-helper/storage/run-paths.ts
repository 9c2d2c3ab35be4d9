import { join, relative, resolve, sep } from "node:path";
import { ClawTaskError, isClawTaskError } from "../model/errors.ts";
import { isSafeId, requireSafeId } from "../model/ids.ts";
import { isSameName, normalizeRunPath } from "../model/relative-path.ts";
import { suggest } from "../model/remedy.ts";
import { getErrno, type FileSystem, ifExists, linkedFolder } from "./file-system.ts";

/** Where everything of one run lies. */
export interface RunPaths {
  folder: string;
  events: string;
  state: string;
  refs: string;
  control: string;
  workflowLock: string;
  prompts: string;
  nodes: string;
  keys: string;
  lock: string;
}

export function runPaths(root: string, runId: string): RunPaths {
  return runPathsIn(join(root, "runs", runId));
}

export function runPathsIn(folder: string): RunPaths {
  return {
    folder,
    events: join(folder, "events.jsonl"),
    state: join(folder, "state.json"),
    refs: join(folder, "refs.json"),
    control: join(folder, "control.jsonl"),
    workflowLock: join(folder, "workflow.lock.md"),
    prompts: join(folder, "prompts.json"),
    nodes: join(folder, "nodes"),
    keys: join(folder, "keys.idx"),
    lock: join(folder, ".journal.lock"),
  };
}

/**
 * The paths of a run that exists, checked to be a real folder inside the registry.
 *
 * @throws ClawTaskError `run_not_found` | `invalid_id` | `invalid_path`
 */
export function existingRunPaths(fs: FileSystem, root: string, runId: string): RunPaths {
  if (!isSafeId(runId) && !runExistsUnderRoot(fs, root, runId)) requireSafeId(runId, "run id");
  const paths = runPaths(root, runId);
  try {
    const stat = fs.lstatSync(paths.folder);
    if (stat.isSymbolicLink()) throw linkedFolder(paths.folder);
    if (!stat.isDirectory()) throw notFound(runId);
  } catch (error) {
    if (getErrno(error) === "ENOENT" || getErrno(error) === "ENOTDIR") throw notFound(runId);
    throw error;
  }
  if (fs.realpathSync(join(root, "runs")) !== join(root, "runs")) throw linkedFolder(join(root, "runs"));
  return paths;
}

/**
 * What went wrong with a run, when something did: a run that was removed meanwhile (`prune`) is not there any more, and
 * nothing that was found missing in it says more than that.
 */
export function orRemoved(error: unknown, place: { fs: FileSystem; root: string; runId: string }): unknown {
  const isMissing = getErrno(error) === "ENOENT" || (isClawTaskError(error) && error.code === "registry_unreadable");
  if (!isMissing) return error;
  try {
    existingRunPaths(place.fs, place.root, place.runId);
    return error;
  } catch (removed) {
    return removed;
  }
}

/** OpenTask never checked its ids, so a run of its making may carry a name that we would not give. */
function runExistsUnderRoot(fs: FileSystem, root: string, runId: string): boolean {
  const runs = join(root, "runs");
  const folder = resolve(runs, runId);
  return (
    runId !== "" &&
    !runId.includes("\0") &&
    relative(runs, folder) === runId &&
    !runId.includes(sep) &&
    runId !== ".." &&
    fs.existsSync(folder)
  );
}

function notFound(runId: string): ClawTaskError {
  return new ClawTaskError("run_not_found", {
    message: `run not found: ${runId}`,
    remedy: { commands: [suggest("list")] },
  });
}

/** Errors that do not say whether a file is there. */
const UNDETERMINED_ERRNOS: readonly (string | undefined)[] = ["EIO", "EMFILE", "ENFILE", "ENOMEM"];

/** Whether a file inside a run exists, without following a link out of the run. */
export function existsInside(fs: FileSystem, runFolder: string, path: string): boolean {
  return findInside(fs, runFolder, path) !== undefined;
}

/**
 * The real path of a file inside a run; undefined when it is not there, or a link leads out of the run. Names that
 * differ only in how their accents are encoded (macOS and some sync tools decompose them) are the same name.
 *
 * @throws what the disk says when it cannot tell: a file that cannot be looked for is not a file that is missing
 */
export function findInside(fs: FileSystem, runFolder: string, path: string): string | undefined {
  try {
    const wanted = normalizeRunPath(path);
    const real = realPath(fs, join(runFolder, wanted)) ?? realPath(fs, sameName(fs, runFolder, wanted));
    if (real === undefined) return undefined;
    return real.startsWith(fs.realpathSync(runFolder) + sep) ? real : undefined;
  } catch (error) {
    if (UNDETERMINED_ERRNOS.includes(getErrno(error))) throw error;
    return undefined;
  }
}

function realPath(fs: FileSystem, path: string | undefined): string | undefined {
  return path === undefined ? undefined : ifExists(() => fs.realpathSync(path), undefined);
}

/** The path with each part as the disk spells it; undefined when the spelling cannot be the reason. */
function sameName(fs: FileSystem, runFolder: string, path: string): string | undefined {
  if (isAscii(path)) return undefined;
  let found = runFolder;
  for (const part of path.split("/")) {
    const exact = join(found, part);
    if (isAscii(part) || fs.existsSync(exact)) {
      found = exact;
      continue;
    }
    const spelled = fs.readdirSync(found).find((name) => isSameName(name, part));
    if (spelled === undefined) return undefined;
    found = join(found, spelled);
  }
  return found;
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the range is ASCII as a whole
  return /^[\u0000-\u007f]*$/.test(text);
}
