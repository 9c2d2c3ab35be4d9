import { join } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { isSafeId } from "../model/ids.ts";
import { suggest } from "../model/remedy.ts";
import { type FileSystem, getErrno, ifExists, openFile, readTextIfExists } from "./file-system.ts";
import { runPaths } from "./run-paths.ts";
import { parseObject } from "./run-projections.ts";

/** Something under `runs/` that is no run, and why. */
export interface Stray {
  name: string;
  why: string;
}

/**
 * The names under `runs/` that a run may have: folders, and links, which are refused when they are read. Without those
 * that desktops, file servers and sync tools leave there.
 *
 * @throws what the disk says; only a `runs` that is not there means that there is none
 */
export function runFolderNames({ fs, root }: Place): string[] {
  const entries = ifExists(() => fs.readdirSync(join(root, "runs"), { withFileTypes: true }), []);
  return entries
    .filter((entry) => !entry.name.startsWith(".") && !entry.isFile())
    .map(({ name }) => name)
    .sort();
}

interface Place {
  fs: FileSystem;
  root: string;
}

/** Files of which a run has at least one, however damaged it is. */
const MARKS = ["events", "state", "refs", "workflowLock", "nodes"] as const;

/**
 * Why a folder under `runs/` is no run; undefined when it is one. A run's folder has its name, so a copy under another
 * name is none. What cannot be read counts as a run: it has to be shown, not to vanish.
 */
export function findStray(place: Place, name: string): Stray | undefined {
  const { fs, root } = place;
  const paths = runPaths(root, name);
  try {
    const stat = ifExists(() => fs.lstatSync(paths.folder), undefined);
    if (stat === undefined || stat.isSymbolicLink()) return undefined;
    if (!stat.isDirectory()) return { name, why: "no folder" };
    const recorded = findRecordedId(fs, paths);
    if (recorded !== undefined) return recorded === name ? undefined : { name, why: `a copy of run ${recorded}` };
    if (!isSafeId(name)) return { name, why: "its name is no id of a run" };
    const hasMark = MARKS.some((mark) => ifExists(() => fs.lstatSync(paths[mark]), undefined) !== undefined);
    return hasMark ? undefined : { name, why: "it holds no run" };
  } catch {
    return undefined;
  }
}

/** The beginning of `state.json` that names the run, as every tool writes it. */
const RUN_ID = /^\s*\{\s*"runId":\s*("(?:[^"\\]|\\.)*")/;
const HEAD_BYTES = 512;

function findRecordedId(fs: FileSystem, paths: { state: string; refs: string }): string | undefined {
  try {
    const head = RUN_ID.exec(readHead(fs, paths.state))?.[1];
    const runId: unknown = head === undefined ? undefined : JSON.parse(head);
    if (typeof runId === "string") return runId;
  } catch (error) {
    if (getErrno(error) !== "ENOENT") return undefined;
  }
  for (const path of [paths.state, paths.refs]) {
    const runId = parseObject(readTextIfExists(fs, path))?.["runId"];
    if (typeof runId === "string") return runId;
  }
  return undefined;
}

function readHead(fs: FileSystem, path: string): string {
  const fd = openFile(fs, path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString("utf8", 0, fs.readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** Everything under `runs/` that is no run, for whoever looks after the registry. */
export function listStrays(place: Place): Stray[] {
  return runFolderNames(place).flatMap((name) => findStray(place, name) ?? []);
}

/** Refuses a run whose record says that it is another one: its folder was copied. */
export function requireOwnRecord(recordedId: string | undefined, name: string): void {
  if (recordedId === undefined || recordedId === "" || recordedId === name) return;
  throw new ClawTaskError("run_not_found", {
    message: `run not found: ${name} is a copy of run ${recordedId}`,
    remedy: { commands: [suggest("show", recordedId)] },
  });
}
