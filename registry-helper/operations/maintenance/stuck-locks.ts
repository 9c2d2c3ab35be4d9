import { join } from "node:path";
import { isAhead } from "../../model/age.ts";
import { formatDuration } from "../../model/duration.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, ifExists, listNames } from "../../storage/file-system.ts";
import { flowIds, flowPaths, flowsFolder } from "../../storage/flow-paths.ts";
import { ledgerFolder } from "../../storage/ledger-journal.ts";
import { STALE_AFTER_MS } from "../../storage/lock.ts";
import { runFolderNames } from "../../storage/run-folders.ts";
import { runPaths } from "../../storage/run-paths.ts";

/** A lock that nobody can be holding, and why. */
export interface StuckLock {
  path: string;
  why: string;
}

/** Every lock of a registry that was left behind: the next change has to wait for it, or has to take it over. */
export function stuckLocks(registry: Registry): StuckLock[] {
  const { fs, root } = registry;
  const days = listNames(fs, ledgerFolder(root)).filter((name) => name.endsWith(".lock"));
  const paths = [
    join(root, ".gateway.lock"),
    join(flowsFolder(root), ".keys.lock"),
    ...days.map((name) => join(ledgerFolder(root), name)),
    ...runFolderNames(registry).map((runId) => runPaths(root, runId).lock),
    ...flowIds(fs, root).map((flowId) => flowPaths(root, flowId).lock),
  ];
  return paths.flatMap((path) => {
    const why = describeStuckLock(fs, path, registry.now() / 1000);
    return why === undefined ? [] : [{ path, why }];
  });
}

/** Undefined when there is no lock, or one that may be held at this moment. */
function describeStuckLock(fs: FileSystem, path: string, nowMs: number): string | undefined {
  const stat = ifExists(() => fs.lstatSync(path), undefined);
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return "is no folder, so nobody holds it";
  const ageMs = nowMs - stat.mtimeMs;
  if (isAhead(ageMs)) return `is dated ${formatDuration(-ageMs)} ahead of the clock`;
  return ageMs > STALE_AFTER_MS ? `has been held for ${formatDuration(ageMs)}` : undefined;
}
