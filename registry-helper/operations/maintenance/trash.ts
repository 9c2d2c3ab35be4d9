import { join } from "node:path";
import { uniqueSuffix } from "../../model/ids.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, flushFolder, getErrno, ifExists, listNames, makeFolder } from "../../storage/file-system.ts";

/** Where what is removed goes: beside it, since it may lie on a volume of its own. The first is that of 0.1.0. */
const TRASH_FOLDERS = [".trash", "runs/.trash", "flows/.trash"];

/** What is on its way and was not looked at again: `moving-<suffix>-<name>`. */
const MOVING = /^moving-[a-z0-9]+-(.+)$/;

/**
 * Takes a folder away in one step: readers find it whole or not at all. What is left of it is deleted afterwards. The
 * lock under which this was decided may have been lost since, so it is looked at once more where nobody can write it
 * any more, and comes back when it is not as it was.
 *
 * @param folder.isUnchanged asked about the folder where it lies now
 * @returns false when it was changed, and stays
 */
export function moveToTrash(
  { fs, root }: Registry,
  folder: { home: string; name: string; isUnchanged: (path: string) => boolean },
): boolean {
  const { home, name } = folder;
  const trash = join(home, ".trash");
  makeFolder(fs, root, trash);
  const suffix = uniqueSuffix();
  const moving = join(trash, `moving-${suffix}-${name}`);
  fs.renameSync(join(home, name), moving);
  let isTaken = false;
  try {
    flushFolder(fs, home);
    // Not there: another command brought it back meanwhile.
    isTaken = ifExists(
      () => folder.isUnchanged(moving) && (fs.renameSync(moving, join(trash, `${name}-${suffix}`)), true),
      false,
    );
    return isTaken;
  } finally {
    // Also when that failed: the lock that is held here lies in the folder, and is let go where it was taken.
    if (!isTaken) putBack(fs, moving, join(home, name));
  }
}

/** A writer that finds nothing where it wrote says so; whoever made another one under the name since keeps it. */
function putBack(fs: FileSystem, moving: string, path: string): void {
  try {
    ifExists(() => fs.renameSync(moving, path), undefined);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(getErrno(error) ?? "")) throw error;
  }
}

/** Also of what an earlier command left when it was killed. What it had not looked at again comes back. */
export function emptyTrash({ fs, root }: Registry): void {
  for (const trash of trashFolders(fs, root)) {
    try {
      for (const name of fs.readdirSync(trash)) {
        const moved = MOVING.exec(name)?.[1];
        if (moved === undefined) fs.rmSync(join(trash, name), { recursive: true, force: true });
        else putBack(fs, join(trash, name), join(trash, "..", moved));
      }
      fs.rmdirSync(trash);
    } catch (error) {
      // Another command may be at it too.
      if (getErrno(error) !== "ENOENT" && getErrno(error) !== "ENOTEMPTY") throw error;
    }
  }
}

/** Those that are folders: what a link leads to is not the registry's, and is not deleted. */
function trashFolders(fs: FileSystem, root: string): string[] {
  return TRASH_FOLDERS.map((folder) => join(root, folder)).filter((path) =>
    ifExists(() => fs.lstatSync(path).isDirectory() && !fs.lstatSync(join(path, "..")).isSymbolicLink(), false),
  );
}

/** What a command that removed runs or flows left when it was killed. */
export function trashLeftovers({ fs, root }: Registry): string[] {
  return trashFolders(fs, root).flatMap((folder) => listNames(fs, folder));
}
