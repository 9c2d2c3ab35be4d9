import { join } from "node:path";
import { type FileSystem, readText } from "./file-system.ts";
import { filesBelow } from "./walk-files.ts";

export const SUFFIX = ".task.md";

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
