/** The helper as it is bundled alone into the skill: `node clawtask.cjs <verb> ...`. */
import { runCli } from "./main.ts";
import { processEnvironment } from "./process-environment.ts";

void runCli(processEnvironment()).then((status) => {
  // Everything is written synchronously by now; leaving at once saves the tear-down of the runtime.
  process.exit(status);
});
