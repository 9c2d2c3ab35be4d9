import { join } from "node:path";
import { isPrunableFlow } from "../../domain/flow/retention.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { forgetFlowKey, findFlowCreationKey } from "../../registry/flow-creation-keys.ts";
import type { Registry } from "../../registry/registry.ts";
import { FlowJournal } from "../../storage/flow-journal.ts";
import { flowsFolder, orFlowRemoved } from "../../storage/flow-paths.ts";
import { getFileSize } from "../../storage/journal-file.ts";
import { withLock } from "../../storage/lock.ts";
import { moveToTrash } from "./trash.ts";

/**
 * Removes a flow that ended before a time, in one step. Its tasks must be gone by then: a task names its flow. The key
 * that made it is forgotten after it, so that a repeated creation never answers with a flow that is not there.
 *
 * @returns false when it may not go any more; looked at with its lock held
 * @throws ClawTaskError `flow_not_found`, or what the storage says
 */
export function removeFlow(registry: Registry, flowId: string, before: Micros): boolean {
  const { fs, root } = registry;
  const journal = new FlowJournal({ fs, root, flowId });
  const key = findFlowCreationKey(registry, flowId);
  const moveIfOld = (): boolean => {
    const size = getFileSize(fs, journal.paths.events);
    const { flow } = journal.read();
    if (flow === undefined || !isPrunableFlow(flow, formatMicros(before))) return false;
    const isUnchanged = (path: string): boolean => getFileSize(fs, join(path, "events.jsonl")) === size;
    return moveToTrash(registry, { home: flowsFolder(root), name: flowId, isUnchanged });
  };
  try {
    const isRemoved = withLock({ fs, path: journal.paths.lock }, moveIfOld);
    if (isRemoved && key !== undefined) forgetFlowKey(registry, key, flowId);
    return isRemoved;
  } catch (error) {
    throw orFlowRemoved(error, fs, journal.paths);
  }
}
