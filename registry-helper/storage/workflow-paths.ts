import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { type FileSystem, ifExists, readText } from "./file-system.ts";
import { filesBelow } from "./walk-files.ts";

export const SUFFIX = ".task.md";

/**
 * Where a workflow of a registry really lies. The folder `workflows` may be a link to one that several registries share;
 * a single file that leads elsewhere is refused, by whoever lists, shows or runs it.
 *
 * @param path absolute, below the root
 * @param asGiven how the caller wrote it, for the error
 * @returns the file, and its name in the registry, with `/`; undefined when there is none
 * @throws ClawTaskError `invalid_path` for one that lies outside
 */
export function locateWorkflowFile(
  { fs, root }: { fs: FileSystem; root: string },
  path: string,
  asGiven = path,
): { absolute: string; relative: string } | undefined {
  const name = below(root, path);
  if (name === undefined) throw outside(root, asGiven);
  const real = ifExists(() => fs.realpathSync(path), undefined);
  if (real === undefined) return undefined;
  const inRoot = below(root, real);
  if (inRoot !== undefined) return { absolute: real, relative: inRoot };
  const shared = ifExists(() => fs.realpathSync(join(root, "workflows")), undefined);
  if (shared === undefined || !name.startsWith("workflows/") || below(shared, real) === undefined)
    throw outside(root, asGiven);
  return { absolute: real, relative: name };
}

/** A path from a folder to what is in it, with `/`. */
function below(folder: string, path: string): string | undefined {
  const found = relative(folder, resolve(path));
  return found === "" || found.startsWith("..") || isAbsolute(found) ? undefined : found.split(sep).join("/");
}

function outside(root: string, path: string): ClawTaskError {
  return new ClawTaskError("invalid_path", {
    message: `workflow path must lie inside the registry: ${path}`,
    remedy: { hint: `put the file itself into ${join(root, "workflows")} and name it as workflows/<name>.task.md` },
  });
}

/** Every `workflows/<name>.task.md` of a registry, by name; without copies that sync tools and desktops made of one. */
export function workflowPaths({ fs, root }: { fs: FileSystem; root: string }): string[] {
  const names = filesBelow(fs, join(root, "workflows")).flatMap((path) =>
    path.endsWith(SUFFIX) ? [path.slice(0, -SUFFIX.length)] : [],
  );
  const present = new Set(names);
  const toPath = (name: string): string => `workflows/${name}${SUFFIX}`;
  return names.filter((name) => !isCopy({ fs, root }, { name, present, toPath })).map(toPath);
}

/** `report.sync-conflict-...`, `report (1)`, `report~`: a longer name of the same workflow. Ours continue with a dash. */
function isCopy(
  { fs, root }: { fs: FileSystem; root: string },
  { name, present, toPath }: { name: string; present: ReadonlySet<string>; toPath: (name: string) => string },
): boolean {
  for (let end = name.length - 1; end > 0; end -= 1) {
    const original = name.slice(0, end);
    if (!/[^A-Za-z0-9_/-]/.test(name.charAt(end)) || !present.has(original)) continue;
    const [one, other] = [name, original].map((each) => findWorkflowId(fs, join(root, toPath(each))));
    if (one !== undefined && one === other) return true;
  }
  return false;
}

function findWorkflowId(fs: FileSystem, path: string): string | undefined {
  try {
    return /^workflowId:\s*(\S.*?)\s*$/m.exec(readText(fs, path, { followLinks: true }))?.[1];
  } catch {
    return undefined;
  }
}
