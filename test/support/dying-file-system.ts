import { vi } from "vitest";
import { type FileSystem, realFileSystem } from "../../registry-helper/storage/file-system.ts";
import { type FailingFileSystem, interferingFileSystem, writePart } from "./failing-file-system.ts";

/** Thrown at whatever a process that is dead would still do. */
export class ProcessDied extends Error {
  constructor() {
    super("the process is dead");
    this.name = "ProcessDied";
  }
}

/** No system gives out this process id: whoever looks for its owner finds nobody. */
const DEAD_PID = 2 ** 22 + 1;

/**
 * The disk of a process that dies at its k-th call: neither that call nor any later one reaches it, so that nothing is
 * tidied up and locks stay behind, as after `kill -9`. What a killed process costs in seconds, this costs in
 * milliseconds.
 *
 * @param halfway the call, a write, reaches the disk with the first half of its bytes
 */
export function dyingAt(k: number, { halfway = false } = {}): FailingFileSystem {
  return interferingFileSystem((call, index, args) => {
    if (index === k && halfway) writeHalf(call, args);
    if (index >= k) throw new ProcessDied();
    const answer = (realFileSystem[call] as (...args: unknown[]) => unknown)(...args.map(asOfTheDead));
    return call === "readdirSync" && String(args[0]).endsWith(".lock")
      ? (answer as string[]).map(asOfTheLiving)
      : answer;
  });
}

/** The test's own process lives on; the name in the lock has to be one of a process that does not. */
function asOfTheDead(argument: unknown): unknown {
  if (typeof argument !== "string") return argument;
  return argument.replace(`.lock/${process.pid}-`, `.lock/${DEAD_PID}-`);
}

function asOfTheLiving(name: string): string {
  return name.replace(new RegExp(`^${DEAD_PID}-`), `${process.pid}-`);
}

/** Whether a call can be cut in its middle. */
export function isWrite(call: string | undefined): boolean {
  return call === "writeSync" || call === "writeFileSync";
}

function writeHalf(call: keyof FileSystem, args: unknown[]): void {
  if (call === "writeSync") {
    const [fd, bytes, offset, length, position] = args as Parameters<typeof writePart>;
    writePart(fd, bytes, offset, Math.floor((length ?? bytes.length) / 2), position);
    return;
  }
  const [path, text, options] = args as [string, string, object];
  realFileSystem.writeFileSync(path, text.slice(0, Math.floor(text.length / 2)), options);
}

/** Does something a second later: a holder that died before it left its note has had its time by then. */
export function aSecondLater<Result>(work: () => Result): Result {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_000 });
  try {
    return work();
  } finally {
    vi.useRealTimers();
  }
}
