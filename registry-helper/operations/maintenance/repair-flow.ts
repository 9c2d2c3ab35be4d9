import type { Registry } from "../../registry/registry.ts";
import { replaceFile } from "../../storage/file-system.ts";
import { EMPTY_FLOW, foldFlow } from "../../storage/flow-fold.ts";
import { flowFileText, readFlowFile } from "../../storage/flow-journal.ts";
import { flowNotFound, type FlowPaths, flowPaths, orFlowRemoved } from "../../storage/flow-paths.ts";
import { writeKeys } from "../../storage/idempotency-index.ts";
import { getFileSize, voidTail } from "../../storage/journal-file.ts";
import { withLock } from "../../storage/lock.ts";
import { findIntactEnd, repairLines, type RepairAction, type RepairOptions } from "./repair-journal.ts";
import { verifyFlow } from "./verify-flow.ts";

/**
 * Says what would mend a flow, and does it when asked to. A line that cannot be read, or was changed, is kept in
 * `events.damaged` and blanked in place; what it said is lost, and everything behind it counts.
 *
 * @throws ClawTaskError `flow_not_found`
 */
export function repairFlow(registry: Registry, flowId: string, options: RepairOptions): RepairAction[] {
  const { fs } = registry;
  const paths = flowPaths(registry.root, flowId);
  if (getFileSize(fs, paths.events) === 0) throw flowNotFound(flowId);
  try {
    return repairUnlocked(registry, flowId, options);
  } catch (error) {
    throw orFlowRemoved(error, fs, paths);
  }
}

function repairUnlocked(registry: Registry, flowId: string, options: RepairOptions): RepairAction[] {
  const { fs } = registry;
  const { apply } = options;
  const paths = flowPaths(registry.root, flowId);
  const actions: RepairAction[] = [];
  const does = (...wanted: RepairAction["action"][]): boolean => actions.some(({ action }) => wanted.includes(action));
  withLock({ fs, path: paths.lock }, () => repairJournal(registry, paths, { ...options, actions }));
  if (does("needs_decision")) return actions;
  if (!apply && does("blank_line", "accept_line", "end_line")) {
    actions.push({ action: "rebuild_projections", what: "rebuild flow.json and keys.idx from what is left" });
    return actions;
  }
  const { differences } = verifyFlow(registry, flowId);
  if (differences.length > 0 && !does("cut_tail"))
    actions.push({ action: "rebuild_projections", what: `rebuild: ${differences.join("; ")}` });
  if (apply && differences.length > 0) withLock({ fs, path: paths.lock }, () => rebuild(registry, paths));
  return actions;
}

function repairJournal(
  registry: Registry,
  paths: FlowPaths,
  options: RepairOptions & { actions: RepairAction[] },
): void {
  const { fs } = registry;
  const { actions, apply, acceptChanges = false } = options;
  repairLines(registry, paths, options);
  const size = getFileSize(fs, paths.events);
  if ((readFlowFile(fs, paths)?.size ?? 0) > size && !acceptChanges)
    actions.push({
      action: "needs_decision",
      what: "lines at the end of events.jsonl are missing: restore it from a backup, or take it as it stands with --accept-changes",
    });
  const end = findIntactEnd(fs, paths.events, () => foldFlow(fs, paths.events, EMPTY_FLOW).size);
  if (end >= size || actions.some(({ action }) => action === "end_line")) return;
  actions.push({ action: "cut_tail", what: `void ${size - end} bytes of an unfinished write in events.jsonl` });
  if (apply) voidTail(fs, paths.events, { from: end, to: size });
}

function rebuild(registry: Registry, paths: FlowPaths): void {
  const { fs } = registry;
  const { flow, size, keys, last } = foldFlow(fs, paths.events, EMPTY_FLOW);
  if (flow === undefined) return;
  writeKeys(fs, paths.keys, keys);
  replaceFile(fs, paths.flow, flowFileText(flow, { bytes: size, keys: keys.length, last }));
}
