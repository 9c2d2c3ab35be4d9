import { spawn } from "node:child_process";

/** Holds until the guarded processes ended in the ordinary way. */
export interface ProcessGuard {
  /** Call it when the group is gone: nothing is left to guard. */
  release(): void;
}

/** Waits for the end of its input, then ends the process group that it was told of. */
const GUARD_SCRIPT = 'read -r _; kill -s KILL -- "-$1"';

/**
 * Ends a process group when this process is gone, however it went: a shell waits for the end of a
 * pipe that only this process holds open. An exit handler would miss a killed test runner.
 */
export function guardGroup(groupId: number): ProcessGuard {
  const guard = spawn("/bin/sh", ["-c", GUARD_SCRIPT, "guard", String(groupId)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return { release: () => void guard.kill("SIGKILL") };
}
