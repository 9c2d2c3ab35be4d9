/** A process that looks for changes until it is told to stop: `node change-looker.ts <registry root>`. */
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { ChangeLog } from "../../registry-helper/views/changes/change-log.ts";

const log = new ChangeLog(openRegistry({ root: process.argv[2] ?? "" }));
let hasEnded = false;
process.on("message", () => (hasEnded = true));
process.send?.("ready");
function poll(): void {
  while (log.poll());
  if (!hasEnded) return void setTimeout(poll, 1);
  while (log.poll());
  process.disconnect?.();
}
poll();
