import { join, isAbsolute, resolve } from "node:path";
import { type FileSystem, readText, realFileSystem } from "../storage/file-system.ts";

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
  const noted = readRegistryPointer(fs, env);
  return noted === undefined
    ? { root: cwd, source: "current directory" }
    : { root: noted, source: "the gateway plugin" };
}

/** Whether there is a registry in this folder. */
export function holdsRegistry(fs: FileSystem, folder: string): boolean {
  return REGISTRY_FOLDERS.some((name) => fs.existsSync(join(folder, name)));
}

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
  return isAbsolute(expanded) ? resolve(expanded) : resolve(cwd, expanded);
}
