import { join } from "node:path";
import { errnoOf, flushFolder, FOLDER_MODE } from "../../storage/file-system.ts";
import { newMark } from "../../model/ids.ts";
import type { Registry } from "../../registry/registry.ts";

const trashOf = ({ root }: Registry): string => join(root, ".trash");

/** Takes a folder away in one step: readers find it whole or not at all. What is left of it is deleted afterwards. */
export function moveToTrash(registry: Registry, folder: { home: string; name: string }): void {
  const { fs } = registry;
  fs.mkdirSync(trashOf(registry), { recursive: true, mode: FOLDER_MODE });
  fs.renameSync(join(folder.home, folder.name), join(trashOf(registry), `${folder.name}-${newMark()}`));
  flushFolder(fs, folder.home);
}

/** Also of what an earlier command left when it was killed. */
export function emptyTrash(registry: Registry): void {
  const { fs } = registry;
  try {
    for (const name of fs.readdirSync(trashOf(registry)))
      fs.rmSync(join(trashOf(registry), name), { recursive: true, force: true });
    fs.rmdirSync(trashOf(registry));
  } catch (error) {
    // Another command may be at it too.
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTEMPTY") throw error;
  }
}

/** What a command that removed runs or flows left when it was killed. */
export function trashLeftovers(registry: Registry): string[] {
  try {
    return registry.fs.readdirSync(trashOf(registry));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
