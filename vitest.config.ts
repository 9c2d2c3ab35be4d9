import { existsSync, statfsSync } from "node:fs";
import { defineConfig } from "vitest/config";

const MEMORY_DISK = "/dev/shm";
/** Bytes that a memory disk needs: a run of ten thousand nodes and its neighbors. */
const ROOM = 2 ** 31;

/** Fast tests flush thousands of files: in memory that takes no time. The other projects work on the real disk. */
function fastTemporaryFolder(): Record<string, string> {
  if (process.env["TMPDIR"] !== undefined || !existsSync(MEMORY_DISK)) return {};
  const { bavail, bsize } = statfsSync(MEMORY_DISK);
  return bavail * bsize > ROOM ? { TMPDIR: MEMORY_DISK } : {};
}

/**
 * Four projects: `fast` needs nothing but the build, `browser` drives the dashboard in Chromium, `gateway` starts a real
 * OpenClaw on loopback, `chaos` does so for a quarter of an hour and is run on its own (`npm run test:chaos`). Gateway
 * files run two at a time: a gateway takes a gigabyte, and waits more than it works. Limits of time are there to end what
 * hangs: they are several times what a step takes on two busy cores, and no test passes or fails by its speed.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          env: fastTemporaryFolder(),
          include: ["test/**/*.test.ts"],
          exclude: ["test/gateway/**", "test/chaos/**", "test/dashboard/**"],
          // Modules are loaded once for each of the two processes, not once for each of 330 files: no module of ours keeps
          // state between calls, and what a test replaces it restores.
          isolate: false,
          testTimeout: 120_000,
          // Removing a registry of ten thousand folders takes its time on a busy disk.
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/dashboard/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "gateway",
          include: ["test/gateway/**/*.test.ts"],
          testTimeout: 360_000,
          hookTimeout: 360_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
