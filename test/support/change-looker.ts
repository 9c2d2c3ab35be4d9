/** A process that looks for changes until it is told to stop: `node change-looker.ts <registry root>`. */
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { ChangeLog } from "../../registry-helper/views/changes/change-log.ts";

const log = new ChangeLog(openRegistry({ root: process.argv[2] ?? "" }));
let isOver = false;
process.on("message", () => (isOver = true));
process.send?.("ready");
function look(): void {
  while (log.look());
  if (!isOver) return void setTimeout(look, 1);
  while (log.look());
  process.disconnect?.();
}
look();
