/** Preloaded into a gateway: notes the delay of its event loop, and how busy it is, in a file, twice a second. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** What is measured from the moment at which somebody writes the folder's file `begin`; what it says names the measurement. */
export interface LoopDelay {
  readonly name: string;
  /** Milliseconds, as all values here. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Time in which the loop did something. */
  readonly busy: number;
  /** Increases with each note. */
  readonly noted: number;
}

export const startFile = (folder: string): string => `${folder}/begin`;
const noteFile = (folder: string): string => `${folder}/delay.json`;

/** The newest note; undefined as long as there is none. */
export function readDelay(folder: string): LoopDelay | undefined {
  const file = noteFile(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LoopDelay) : undefined;
}

const folder = process.env["CLAWTASK_DELAY_FOLDER"];
// Commands and worker threads inherit the preload; only the gateway's own loop counts.
if (folder !== undefined && isMainThread && process.argv.includes("gateway") && process.argv.includes("run")) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let from = performance.eventLoopUtilization();
  let name: string | undefined;
  let noted = 0;
  const ms = (nanoseconds: number): number => nanoseconds / 1e6;
  const timer = setInterval(() => {
    // The start of a gateway blocks its loop for long: that is not measured.
    if (!existsSync(startFile(folder))) return;
    const wanted = readFileSync(startFile(folder), "utf8");
    if (wanted !== name) {
      name = wanted;
      from = performance.eventLoopUtilization();
      delay.enable();
      delay.reset();
      return;
    }
    const note: LoopDelay = {
      name,
      p50: ms(delay.percentile(50)),
      p90: ms(delay.percentile(90)),
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
      busy: performance.eventLoopUtilization(from).active,
      noted: (noted += 1),
    };
    writeFileSync(`${noteFile(folder)}.new`, JSON.stringify(note));
    renameSync(`${noteFile(folder)}.new`, noteFile(folder));
  }, 500);
  timer.unref();
}
