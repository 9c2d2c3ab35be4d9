/** Preloaded into a gateway: writes the delay of its event loop into a file, five times a second. */
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Always as long: a shorter text would leave the end of a longer one behind it. */
const WIDTH = 200;
const file = process.env["CLAWTASK_DELAY_FILE"];
if (file !== undefined && process.argv.includes("gateway")) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  // The start of a gateway blocks its loop for long; what is measured begins when somebody makes this file.
  const timer = setInterval(() => {
    try {
      const values = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6 };
      writeFileSync(file, JSON.stringify(values).padEnd(WIDTH), { flag: "r+" });
    } catch {
      delay.reset();
      delay.enable();
    }
  }, 200);
  timer.unref();
}
