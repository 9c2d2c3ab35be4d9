import { constants } from "node:fs";
import { ClawTaskError } from "../model/errors.ts";
import { type FileSystem, openFile } from "./file-system.ts";
import { getFileSize, requireSoundEnd } from "./journal-file.ts";
import { repairRemedy } from "./storage-errors.ts";

/**
 * Refuses a journal that is shorter than a projection of it says: what was there was flushed before the projection was
 * written, so acknowledged lines are gone. Looked at once more: somebody may have written since it was measured.
 *
 * @throws ClawTaskError `journal_corrupt`
 */
export function requireWholeJournal(
  fs: FileSystem,
  path: string,
  { bytes, projection }: { bytes: number; projection: string },
): void {
  const size = getFileSize(fs, path);
  if (size >= bytes) return;
  throw new ClawTaskError("journal_corrupt", {
    message: `${path} has ${size} bytes, and ${projection} stands for ${bytes}: lines at its end are missing`,
    remedy: repairRemedy(path),
  });
}

/**
 * Before a journal is read on from where a projection stands: the line before must still be the one that was there.
 *
 * @throws ClawTaskError `journal_corrupt`
 */
export function requireSoundUntil(fs: FileSystem, path: string, bytes: number): void {
  if (bytes === 0) return;
  const fd = openFile(fs, path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    requireSoundEnd(fs, { fd, path, size: bytes });
  } finally {
    fs.closeSync(fd);
  }
}
