import { join } from "node:path";
import { uniqueSuffix } from "../../model/ids.ts";
import type { Registry } from "../../registry/registry.ts";
import { flushFolder, FOLDER_MODE, getErrno, listNames } from "../../storage/file-system.ts";

const getTrashFolder = ({ root }: Registry): string => join(root, ".trash");

/** Takes a folder away in one step: readers find it whole or not at all. What is left of it is deleted afterwards. */
export function moveToTrash(registry: Registry, folder: { home: string; name: string }): void {
  const { fs } = registry;
  fs.mkdirSync(getTrashFolder(registry), { recursive: true, mode: FOLDER_MODE });
  fs.renameSync(join(folder.home, folder.name), join(getTrashFolder(registry), `${folder.name}-${uniqueSuffix()}`));
  flushFolder(fs, folder.home);
}

/** Also of what an earlier command left when it was killed. */
export function emptyTrash(registry: Registry): void {
  const { fs } = registry;
  try {
    for (const name of fs.readdirSync(getTrashFolder(registry)))
      fs.rmSync(join(getTrashFolder(registry), name), { recursive: true, force: true });
    fs.rmdirSync(getTrashFolder(registry));
  } catch (error) {
    // Another command may be at it too.
    if (getErrno(error) !== "ENOENT" && getErrno(error) !== "ENOTEMPTY") throw error;
  }
}

/** What a command that removed runs or flows left when it was killed. */
export function trashLeftovers(registry: Registry): string[] {
  return listNames(registry.fs, getTrashFolder(registry));
}
