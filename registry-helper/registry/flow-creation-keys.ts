import { join } from "node:path";
import { isClawTaskError } from "../model/errors.ts";
import { sha256 } from "../model/hash.ts";
import { getErrno, FILE_MODE, FOLDER_MODE, readTextIfExists } from "../storage/file-system.ts";
import { foldFlow, EMPTY_FLOW } from "../storage/flow-fold.ts";
import { flowIds, flowPaths, flowsFolder, isFlowId } from "../storage/flow-paths.ts";
import { withLock } from "../storage/lock.ts";
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
  fs.mkdirSync(flowsFolder(root), { recursive: true, mode: FOLDER_MODE });
  return withLock({ fs, path: join(flowsFolder(root), ".keys.lock") }, () => {
    if (!fs.existsSync(folder)) rebuild(registry, folder);
    const path = join(folder, sha256(key));
    const known = (readTextIfExists(fs, path) ?? "").trim();
    if (isFlowId(known)) return known;
    const flowId = newId();
    note(registry, path, flowId);
    return flowId;
  });
}

/** The key does not lead to this flow any more. */
export function forgetFlowKey({ fs, root }: Registry, key: string, flowId: string): void {
  withLock({ fs, path: join(flowsFolder(root), ".keys.lock") }, () => {
    const path = join(flowsFolder(root), ".keys", sha256(key));
    if ((readTextIfExists(fs, path) ?? "").trim() === flowId) fs.unlinkSync(path);
  });
}

function note({ fs }: Registry, path: string, flowId: string): void {
  const temporary = `${path}.next`;
  fs.writeFileSync(temporary, `${flowId}\n`, { mode: FILE_MODE, flush: true });
  fs.renameSync(temporary, path);
}

function rebuild(registry: Registry, folder: string): void {
  const { fs, root } = registry;
  // Built aside: a rebuild that is killed half-way must not pass for a whole one.
  const building = `${folder}.building`;
  fs.rmSync(building, { recursive: true, force: true });
  fs.mkdirSync(building, { recursive: true, mode: FOLDER_MODE });
  for (const flowId of flowIds(fs, root)) {
    const key = findFlowCreationKey(registry, flowId);
    if (key !== undefined) note(registry, join(building, sha256(key)), flowId);
  }
  fs.renameSync(building, folder);
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
