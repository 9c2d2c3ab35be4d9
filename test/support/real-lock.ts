import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { realFileSystem } from "../../registry-helper/storage/file-system.ts";
import { newHolderName } from "../../registry-helper/storage/lock-holder.ts";

/** A lock as a thread of this process leaves it that was ended while it held it. */
export function holdRealLock(path: string): { path: string; name: string } {
  const name = newHolderName(realFileSystem);
  mkdirSync(path);
  closeSync(openSync(join(path, name), "w"));
  return { path, name };
}
