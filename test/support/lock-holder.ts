/** A process that takes a lock through the library, says so, and never lets go: `node lock-holder.ts <lock path>`. */
import { writeSync } from "node:fs";
import { realFileSystem } from "../../registry-helper/storage/file-system.ts";
import { withLock } from "../../registry-helper/storage/lock.ts";

withLock({ fs: realFileSystem, path: process.argv[2] ?? "" }, () => {
  writeSync(1, "held\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
