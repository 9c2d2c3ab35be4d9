import { join } from "node:path";
import type { RunNode } from "../../model/run-documents.ts";
import { getErrno, FILE_MODE, type FileSystem, makeFolder } from "../../storage/file-system.ts";
import type { RunPaths } from "../../storage/run-paths.ts";

/** What stands in the brief of a node before anybody has written one, in OpenTask's words. */
export function placeholderBrief(node: RunNode): string {
  return `# ${node.title} handoff\n\nThe parent orchestrator can place the concrete child brief for this node here before dispatch.\n`;
}

/** The folder of a node, with an empty brief for a child. One that is there already stays as it is. */
export function createNodeFolder(fs: FileSystem, paths: RunPaths, node: RunNode): void {
  makeFolder(fs, paths.folder, join(paths.nodes, node.id));
  if (node.workingMemory?.handoff === undefined) return;
  try {
    const path = join(paths.folder, node.workingMemory.handoff);
    fs.writeFileSync(path, placeholderBrief(node), { mode: FILE_MODE, flag: "wx" });
  } catch (error) {
    if (getErrno(error) !== "EEXIST") throw error;
  }
}
