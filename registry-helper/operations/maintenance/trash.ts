import { join } from "node:path";
import { uniqueSuffix } from "../../model/ids.ts";
import type { Registry } from "../../registry/registry.ts";
import { flushFolder, FOLDER_MODE, getErrno, listNames } from "../../storage/file-system.ts";

/** Where what is removed goes: beside it, since it may lie on a volume of its own. The first is that of 0.1.0. */
const TRASH_FOLDERS = [".trash", "runs/.trash", "flows/.trash"];

/** Takes a folder away in one step: readers find it whole or not at all. What is left of it is deleted afterwards. */
export function moveToTrash({ fs }: Registry, folder: { home: string; name: string }): void {
  const trash = join(folder.home, ".trash");
  fs.mkdirSync(trash, { recursive: true, mode: FOLDER_MODE });
  fs.renameSync(join(folder.home, folder.name), join(trash, `${folder.name}-${uniqueSuffix()}`));
  flushFolder(fs, folder.home);
}

/** Also of what an earlier command left when it was killed. */
export function emptyTrash({ fs, root }: Registry): void {
  for (const folder of TRASH_FOLDERS) {
    const trash = join(root, folder);
    try {
      for (const name of fs.readdirSync(trash)) fs.rmSync(join(trash, name), { recursive: true, force: true });
      fs.rmdirSync(trash);
    } catch (error) {
      // Another command may be at it too.
      if (getErrno(error) !== "ENOENT" && getErrno(error) !== "ENOTEMPTY") throw error;
    }
  }
}

/** What a command that removed runs or flows left when it was killed. */
export function trashLeftovers({ fs, root }: Registry): string[] {
  return TRASH_FOLDERS.flatMap((folder) => listNames(fs, join(root, folder)));
}
