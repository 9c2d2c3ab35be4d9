import { join } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { filesBelow } from "./walk-files.ts";

export const SUFFIX = ".task.md";

/** Every `workflows/<name>.task.md` of a registry, by name. */
export function workflowPaths({ fs, root }: { fs: FileSystem; root: string }): string[] {
  return filesBelow(fs, join(root, "workflows")).flatMap((path) =>
    path.endsWith(SUFFIX) ? [`workflows/${path}`] : [],
  );
}
