import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that goes away with the test. */
export function useTempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "clawtask-plugin-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
