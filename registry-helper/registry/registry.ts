import { isAbsolute, join, resolve } from "node:path";
import { commit, type CommandRequest, type Committed } from "./commit.ts";
import { errnoOf, type FileSystem, realFileSystem } from "../storage/file-system.ts";
import { modifiedInside } from "../storage/run-paths.ts";
import { type LoadedRun, RunJournal } from "../storage/run-journal.ts";
import { ClawTaskError } from "../model/errors.ts";
import { sha256Hex } from "../model/hash.ts";
import { MAX_HASHED_BYTES } from "../model/limits.ts";
import type { Evidence, RunDocument, RunNode } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { type Micros, parseMicros, wallClock } from "../model/time.ts";
import { runAggregate } from "../domain/run/aggregate.ts";
import type { RunCommand } from "../domain/run/commands.ts";

/** An opened registry: where it is, and what it does I/O and time with. */
export interface Registry {
  /** Absolute, with links resolved. */
  root: string;
  fs: FileSystem;
  now: () => Micros;
}

/** Why a registry root is the one in force. */
export type RootSource =
  | "--registry-root"
  | "CLAWTASK_REGISTRY_ROOT"
  | "OPENTASK_REGISTRY_ROOT"
  | "current directory"
  | "current directory, which holds a registry"
  | "the gateway plugin";

/** Folders by which a directory is known as a registry. */
const REGISTRY_FOLDERS = ["workflows", "runs", "ledger"];

/**
 * The registry root in force and why: the flag, then CLAWTASK_REGISTRY_ROOT, then OPENTASK_REGISTRY_ROOT,
 * then the current directory. An empty value counts as not given; `~` is the home folder. In a directory
 * that holds no registry, the one that the gateway plugin noted for this user comes before the directory.
 */
export function resolveRoot(options: {
  flag?: string | undefined;
  env: NodeJS.ProcessEnv;
  cwd: string;
  fs?: FileSystem;
}): { root: string; source: RootSource } {
  const { env, cwd, fs = realFileSystem } = options;
  const candidates: [RootSource, string | undefined][] = [
    ["--registry-root", options.flag],
    ["CLAWTASK_REGISTRY_ROOT", env["CLAWTASK_REGISTRY_ROOT"]],
    ["OPENTASK_REGISTRY_ROOT", env["OPENTASK_REGISTRY_ROOT"]],
  ];
  for (const [source, value] of candidates) {
    if (value) return { root: absolute(value, cwd), source };
  }
  if (holdsRegistry(fs, cwd)) return { root: cwd, source: "current directory, which holds a registry" };
  const noted = notedRoot(fs, env);
  return noted === undefined
    ? { root: cwd, source: "current directory" }
    : { root: noted, source: "the gateway plugin" };
}

/** Whether there is a registry in this folder. */
export function holdsRegistry(fs: FileSystem, folder: string): boolean {
  return REGISTRY_FOLDERS.some((name) => fs.existsSync(join(folder, name)));
}

/** Where the gateway plugin notes which registry it uses, for commands outside of an agent's turn. */
export function rootNotePath(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homeFolder(), ".config"), "clawtask", "registry-root");
}

/** The registry that the gateway plugin noted, when it is there and may be read. */
export function notedRoot(fs: FileSystem, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const root = fs.readFileSync(rootNotePath(env), "utf8").trim();
    return isAbsolute(root) ? fs.realpathSync(root) : undefined;
  } catch {
    return undefined;
  }
}

/** `node:os` is loaded when it is asked: loading costs half a millisecond of every command. */
function homeFolder(): string {
  return process.getBuiltinModule("node:os").homedir();
}

function absolute(path: string, cwd: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? homeFolder() + path.slice(1) : path;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(cwd, expanded);
}

export function openRegistry(options: { root: string; fs?: FileSystem; now?: () => Micros }): Registry {
  const fs = options.fs ?? realFileSystem;
  return { root: realRoot(fs, options.root), fs, now: options.now ?? wallClock };
}

function realRoot(fs: FileSystem, root: string): string {
  try {
    return fs.realpathSync(root);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return resolve(root);
    throw new ClawTaskError("registry_unreadable", {
      message: `the registry root cannot be read: ${root}`,
      next: "clawtask doctor",
      cause: error,
    });
  }
}

/**
 * Changes one run: a `commit` on its journal.
 *
 * @throws ClawTaskError
 * @example
 * changeRun(registry, "demo", { command: { type: "progress", message: "half way", payload: {} } });
 */
export function changeRun(
  registry: Registry,
  runId: string,
  request: CommandRequest<RunDocument, RunCommand, RunEvent>,
): Committed<RunDocument, RunEvent> {
  const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId });
  return commit({ journal, aggregate: runAggregate, now: registry.now, request });
}

/** Loads a run without changing anything. A run that OpenTask wrote is shown as its files say. */
export function loadRun(registry: Registry, runId: string): LoadedRun & { run: RunDocument; journal: RunJournal } {
  const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId });
  const loaded = journal.read();
  const run = loaded.adoption?.found ?? loaded.document;
  if (run === undefined)
    throw new ClawTaskError("run_not_found", { message: `run not found: ${runId}`, next: "clawtask list" });
  return { ...loaded, run, journal };
}

/** File times lag behind the clock by up to a tick of the kernel, more on network disks. */
const MTIME_SLACK_MS = 1_000;

/**
 * Whether a declared file of a node is there. In a retry, a file that was not written since the attempt began is
 * the work of an earlier one and proves nothing.
 */
export function isEvidence(registry: Registry, runFolder: string, node: RunNode, path: string): boolean {
  const modified = modifiedInside(registry.fs, runFolder, path);
  if (modified === undefined || node.attempts === undefined) return modified !== undefined;
  return modified >= (parseMicros(node.startedAt) ?? 0) / 1000 - MTIME_SLACK_MS;
}

/** For a node that is about to complete: which of its declared files are there, and which are not. */
export function gatherFiles(
  registry: Registry,
  runFolder: string,
): (state: RunDocument | undefined, command: RunCommand) => RunCommand {
  return (state, command) => {
    if (command.type !== "transition" || command.to !== "completed") return command;
    const node = state?.state.nodes.find((candidate) => candidate.id === command.nodeId);
    if (node === undefined) return command;
    const { evidence, missing } = filesOfNode(registry, runFolder, node);
    return { ...command, missingArtifacts: missing, evidence };
  };
}

/** The declared files of a node, as they are now. */
export function filesOfNode(
  registry: Registry,
  runFolder: string,
  node: RunNode,
): { evidence: Evidence[]; missing: string[] } {
  const evidence: Evidence[] = [];
  const missing: string[] = [];
  for (const path of node.artifactPaths) {
    if (isEvidence(registry, runFolder, node, path)) evidence.push(describeFile(registry.fs, runFolder, path));
    else missing.push(path);
  }
  return { evidence, missing };
}

/** Size and content of a file inside a run. */
export function describeFile(fs: FileSystem, runFolder: string, path: string): Evidence {
  const file = join(runFolder, path);
  const { size } = fs.statSync(file);
  return { path, size, sha256: size > MAX_HASHED_BYTES ? null : sha256Hex(fs.readFileSync(file)) };
}

/** Evidence of a node whose file is another one now, such as a report that was changed in place after a no. */
export function changedEvidence(registry: Registry, runFolder: string, node: RunNode): string[] {
  return (node.evidence ?? []).flatMap(({ path, size, sha256 }) => {
    const modified = modifiedInside(registry.fs, runFolder, path);
    if (modified === undefined) return [`${path} (gone)`];
    // Most were not touched since; these need no reading.
    if (modified < (parseMicros(node.completedAt) ?? 0) / 1000 - MTIME_SLACK_MS) return [];
    const now = describeFile(registry.fs, runFolder, path);
    return now.size === size && now.sha256 === sha256 ? [] : [`${path} (${now.size} bytes)`];
  });
}
