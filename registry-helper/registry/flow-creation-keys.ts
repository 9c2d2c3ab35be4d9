import { join } from "node:path";
import { isClawTaskError } from "../model/errors.ts";
import { sha256 } from "../model/hash.ts";
import { uniqueSuffix } from "../model/ids.ts";
import { getErrno, ifExists, listNames, makeFolder, readTextIfExists, writeNewFile } from "../storage/file-system.ts";
import { foldFlow, EMPTY_FLOW } from "../storage/flow-fold.ts";
import { flowIds, flowPaths, flowsFolder, isFlowId } from "../storage/flow-paths.ts";
import { withLock } from "../storage/lock.ts";
import { placeNewFile, publishFile, temporaryPath } from "../storage/place-file.ts";
import type { Registry } from "./registry.ts";

/**
 * Which flow a key makes, in `flows/.keys/<hash>`. A flow's id is new each time, so the same creation, repeated, has
 * to be led to the flow of the first time. The note is written before the flow, so that a crash in between leads
 * the next try to the id that was chosen. A projection: it comes back from the first lines of the flows' journals.
 *
 * @param newId makes the id of a key that was not used before
 */
export function flowIdForKey(registry: Registry, key: string, newId: () => string): string {
  const { fs, root } = registry;
  const folder = join(flowsFolder(root), ".keys");
  makeFolder(fs, root, flowsFolder(root));
  return withLock({ fs, path: join(flowsFolder(root), ".keys.lock") }, () => {
    if (!fs.existsSync(folder)) rebuild(registry, folder);
    makeFolder(fs, root, folder);
    const path = join(folder, sha256(key));
    const known = readNote(registry, path);
    if (known !== undefined) return known;
    // What stands there is no note: it was cut by a disk that was full, or damaged.
    removeNote(registry, path, undefined);
    const flowId = newId();
    // Somebody who took the lock over may have been first: whoever comes second takes the first one's.
    return placeNewFile(fs, path, `${flowId}\n`) ? flowId : (readNote(registry, path) ?? flowId);
  });
}

/** The key does not lead to this flow any more. */
export function forgetFlowKey({ fs, root }: Registry, key: string, flowId: string): void {
  withLock({ fs, path: join(flowsFolder(root), ".keys.lock") }, () => {
    const path = join(flowsFolder(root), ".keys", sha256(key));
    removeNote({ fs }, path, flowId);
  });
}

/** Takes a note away first and looks at it then: the key may have made another flow since it was read. */
function removeNote({ fs }: Pick<Registry, "fs">, path: string, says: string | undefined): void {
  const aside = temporaryPath(path);
  if (!ifExists(() => (fs.renameSync(path, aside), true), false)) return;
  if (readNote({ fs }, aside) === says) fs.unlinkSync(aside);
  else publishFile(fs, aside, path);
}

function readNote({ fs }: Pick<Registry, "fs">, path: string): string | undefined {
  const text = (readTextIfExists(fs, path) ?? "").trim();
  return isFlowId(text) ? text : undefined;
}

/** Built aside: a rebuild that is killed half-way must not pass for a whole one. */
function rebuild(registry: Registry, folder: string): void {
  const { fs, root } = registry;
  const building = `${folder}.building-${uniqueSuffix()}`;
  try {
    makeFolder(fs, root, building);
    for (const flowId of flowIds(fs, root)) {
      const key = findFlowCreationKey(registry, flowId);
      if (key !== undefined) writeNewFile(fs, join(building, sha256(key)), `${flowId}\n`);
    }
    fs.renameSync(building, folder);
  } catch (error) {
    // Somebody else who took the lock over has built it, with what was made since, and took ours away.
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(getErrno(error) ?? "") || !fs.existsSync(folder)) throw error;
  }
  for (const name of listNames(fs, flowsFolder(root)))
    if (name.startsWith(".keys.building")) fs.rmSync(join(flowsFolder(root), name), { recursive: true, force: true });
}

/** The key that a flow was created with. A flow that cannot be read does not keep the others from theirs. */
export function findFlowCreationKey({ fs, root }: Registry, flowId: string): string | undefined {
  try {
    const [first] = foldFlow(fs, flowPaths(root, flowId).events, EMPTY_FLOW, 1).keys;
    return first?.key;
  } catch (error) {
    if (isClawTaskError(error) || getErrno(error) === "ENOENT") return undefined;
    throw error;
  }
}
