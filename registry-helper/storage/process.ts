import { getErrno } from "./file-system.ts";

/** Whether a process of this id runs on this machine, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return getErrno(error) === "EPERM";
  }
}

/** Blocks this thread, in milliseconds: for commands that do nothing else meanwhile. Never for a gateway's main thread. */
export function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
