import { vi } from "vitest";
import { type FileSystem, realFileSystem } from "../../registry-helper/storage/file-system.ts";
import { type FailingFileSystem, interferingFileSystem } from "./failing-file-system.ts";

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
  const notes = new Set<unknown>();
  return interferingFileSystem((call, index, args, real) => {
    if (index === k && halfway) writeHalf(call, args);
    if (index >= k) throw new ProcessDied();
    if (call === "writeFileSync" && notes.has(args[0])) return realFileSystem.writeFileSync(...noteOfTheDead(args));
    const answer = real();
    if (call === "openSync" && String(args[0]).endsWith(".lock.holder")) notes.add(answer);
    else if (call === "closeSync") notes.delete(args[0]);
    return answer;
  });
}

/** Whether a call can be cut in its middle. */
export function isWrite(call: string | undefined): boolean {
  return call === "writeSync" || call === "writeFileSync";
}

function writeHalf(call: keyof FileSystem, args: unknown[]): void {
  if (call === "writeSync") {
    const [fd, bytes] = args as [number, Buffer];
    realFileSystem.writeSync(fd, bytes, 0, Math.floor(bytes.length / 2));
    return;
  }
  const [path, text, options] = args as [string, string, object];
  realFileSystem.writeFileSync(path, text.slice(0, Math.floor(text.length / 2)), options);
}

/** The test's own process lives on; the note in the lock has to name one that does not. */
function noteOfTheDead(args: unknown[]): Parameters<FileSystem["writeFileSync"]> {
  const [fd, text, options] = args as [number, string, object];
  return [fd, text.replace(/^\d+/, String(DEAD_PID)), options];
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
