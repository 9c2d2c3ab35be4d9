/**
 * A process that dies just before the k-th call that changes something on the disk:
 * `node operation-killed.ts <root> <operation> <k>`. Ends well when there are fewer.
 */
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { interferingFileSystem } from "./failing-file-system.ts";
import { OPERATIONS } from "./operations.ts";

const CHANGES = [
  "mkdirSync",
  "writeFileSync",
  "writeSync",
  "renameSync",
  "fdatasyncSync",
  "rmSync",
  "rmdirSync",
  "unlinkSync",
  "ftruncateSync",
];

const [root = "", name = "", k = "0"] = process.argv.slice(2);
let changes = 0;
const { fs } = interferingFileSystem((call, _index, _args, real) => {
  if (CHANGES.includes(call)) {
    changes += 1;
    if (changes === Number(k)) process.kill(process.pid, "SIGKILL");
  }
  return real();
});
OPERATIONS[name]?.run(openRegistry({ root, fs }));
