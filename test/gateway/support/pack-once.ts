import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { packPlugin } from "./pack.ts";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
/** Where the files of one test run find the tarball that was packed for all of them. */
const VARIABLE = "CLAWTASK_TEST_TARBALL";

/** ClawTask's tarball: the one that was packed for the whole run, else a new one. */
export async function packClawTask(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const packed = process.env[VARIABLE];
  if (packed !== undefined) return { path: packed, remove: () => Promise.resolve() };
  const path = await packPlugin(PACKAGE);
  return { path, remove: () => rm(dirname(path), { recursive: true }) };
}

/** Vitest's global setup: packs before the first file, and removes what was packed after the last one. */
export default async function packForRun(): Promise<() => Promise<void>> {
  const { path, remove } = await packClawTask();
  process.env[VARIABLE] = path;
  return remove;
}
