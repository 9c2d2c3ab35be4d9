import { join, isAbsolute, resolve } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { type FileSystem, readText, realFileSystem } from "../storage/file-system.ts";
import { isFlowId } from "../storage/flow-paths.ts";
import { markerPath } from "../storage/registry-marker.ts";

/** Why a registry root is the one in force. */
export const ROOT_SOURCES = [
  "--registry-root",
  "CLAWTASK_REGISTRY_ROOT",
  "OPENTASK_REGISTRY_ROOT",
  "current directory",
  "current directory, which holds a registry",
  "the gateway plugin",
] as const;
export type RootSource = (typeof ROOT_SOURCES)[number];

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
  if (cwd !== "" && holdsRegistry(fs, cwd)) return { root: cwd, source: "current directory, which holds a registry" };
  const noted = readRegistryPointer(fs, env);
  return noted === undefined
    ? { root: cwd, source: "current directory" }
    : { root: noted, source: "the gateway plugin" };
}

/**
 * Whether there is a registry in this folder: its mark, or what nothing else has. Many a project has a folder `runs` or
 * `workflows` of its own; OpenTask's registries and older ones have no mark.
 */
export function holdsRegistry(fs: FileSystem, folder: string): boolean {
  if (fs.existsSync(markerPath(folder))) return true;
  const holds = (name: string, test: (entry: string) => boolean): boolean => {
    try {
      return fs.readdirSync(join(folder, name)).some(test);
    } catch {
      return false;
    }
  };
  return (
    holds("workflows", (name) => name.endsWith(".task.md")) ||
    holds("ledger", (name) => /^\d{4}-\d{2}-\d{2}\.jsonl$/.test(name)) ||
    holds("runs", (name) => RUN_FILES.every((file) => fs.existsSync(join(folder, "runs", name, file)))) ||
    holds("flows", (name) => isFlowId(name)) ||
    isPrepared(fs, folder)
  );
}

/** Folders that a registry has. */
const REGISTRY_FOLDERS = ["workflows", "runs", "flows", "ledger"];

/** Whether somebody has made an empty folder for workflows here, and put nothing beside it that is no registry's. */
function isPrepared(fs: FileSystem, folder: string): boolean {
  const visible = (path: string): string[] => fs.readdirSync(path).filter((name) => !name.startsWith("."));
  try {
    return (
      visible(join(folder, "workflows")).length === 0 &&
      visible(folder).every((name) => REGISTRY_FOLDERS.includes(name))
    );
  } catch {
    return false;
  }
}

/** Files that each run has, and that other tools do not put side by side. */
const RUN_FILES = ["events.jsonl", "workflow.lock.md"];

/** Where the gateway plugin notes which registry it uses, for commands outside of an agent's turn. */
export function registryPointerPath(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homeFolder(), ".config"), "clawtask", "registry-root");
}

/** The registry that the gateway plugin noted, when it is there and may be read. */
export function readRegistryPointer(fs: FileSystem, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const root = readText(fs, registryPointerPath(env), { followLinks: true }).trim();
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
  if (isAbsolute(expanded)) return resolve(expanded);
  if (cwd === "")
    throw new ClawTaskError("invalid_path", {
      message: `${expanded} is looked for in the current directory, which is not there any more`,
      remedy: { hint: "change to a directory that is there, or name the whole path" },
    });
  return resolve(cwd, expanded);
}
