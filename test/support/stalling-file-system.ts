import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type FileSystem, realFileSystem } from "../../registry-helper/storage/file-system.ts";
import { type FailingFileSystem, interferingFileSystem } from "./failing-file-system.ts";

const FLUSHES: readonly (keyof FileSystem)[] = ["fsyncSync", "fdatasyncSync"];

/** The real disk without its flushes: what a stall does to them is the same, and there are thousands of trials. */
export const unflushedFileSystem: FileSystem = {
  ...realFileSystem,
  fsyncSync: () => undefined,
  fdatasyncSync: () => undefined,
};

/**
 * The disk of a process that stands still before its k-th call, for so long that its locks are taken for abandoned:
 * `meanwhile` is what others do until it goes on.
 *
 * @param options.failsToFlush the flush that it stood still before fails afterwards
 */
export function stallingAt(
  k: number,
  meanwhile: () => void,
  options: { root: string; failsToFlush?: boolean },
): FailingFileSystem {
  return interferingFileSystem((call, index, _args, real) => {
    if (index === k) {
      removeLocks(options.root);
      meanwhile();
      if (options.failsToFlush === true && call === "fdatasyncSync")
        throw Object.assign(new Error("EIO: made to fail by a test"), { code: "EIO" });
    }
    return FLUSHES.includes(call) ? undefined : real();
  });
}

/** As somebody who has seen them held for too long does. */
function removeLocks(root: string): void {
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" }))
    if (path.endsWith(".lock")) rmSync(join(root, path), { recursive: true, force: true });
}
