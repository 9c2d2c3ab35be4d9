import type { Registry } from "../../registry/registry.ts";
import { replaceFile } from "../../storage/file-system.ts";
import { EMPTY_FLOW, foldFlow } from "../../storage/flow-fold.ts";
import { flowFileText } from "../../storage/flow-journal.ts";
import { flowNotFound, type FlowPaths, flowPaths, orFlowRemoved } from "../../storage/flow-paths.ts";
import { writeKeys } from "../../storage/idempotency-index.ts";
import { getFileSize, voidTail } from "../../storage/journal-file.ts";
import { withLock } from "../../storage/lock.ts";
import { blankLine, damagedLines, findIntactEnd } from "./repair-journal.ts";
import type { RepairAction } from "./repair-run.ts";
import { verifyFlow } from "./verify-flow.ts";

/**
 * Says what would mend a flow, and does it when asked to. A line that cannot be read is kept in `events.damaged` and
 * blanked in place; what it said is lost, and everything behind it counts.
 *
 * @throws ClawTaskError `flow_not_found`
 */
export function repairFlow(registry: Registry, flowId: string, apply: boolean): RepairAction[] {
  const { fs } = registry;
  const paths = flowPaths(registry.root, flowId);
  if (getFileSize(fs, paths.events) === 0) throw flowNotFound(flowId);
  try {
    return repairUnlocked(registry, flowId, apply);
  } catch (error) {
    throw orFlowRemoved(error, fs, paths);
  }
}

function repairUnlocked(registry: Registry, flowId: string, apply: boolean): RepairAction[] {
  const { fs } = registry;
  const paths = flowPaths(registry.root, flowId);
  const actions: RepairAction[] = [];
  withLock({ fs, path: paths.lock }, () => repairJournal(registry, paths, { actions, apply }));
  if (!apply && actions.some(({ action }) => action === "blank_line")) {
    actions.push({ action: "rebuild_projections", what: "rebuild flow.json and keys.idx from what is left" });
    return actions;
  }
  const { differences } = verifyFlow(registry, flowId);
  if (differences.length > 0 && !actions.some(({ action }) => action === "cut_tail"))
    actions.push({ action: "rebuild_projections", what: `rebuild: ${differences.join("; ")}` });
  if (apply && differences.length > 0) withLock({ fs, path: paths.lock }, () => rebuild(registry, paths));
  return actions;
}

function repairJournal(
  registry: Registry,
  paths: FlowPaths,
  { actions, apply }: { actions: RepairAction[]; apply: boolean },
): void {
  const { fs } = registry;
  for (const line of damagedLines(registry, paths)) {
    actions.push({
      action: "blank_line",
      what: `blank the unreadable line at byte ${line.start} (${line.bytes} bytes, kept in events.damaged)`,
    });
    if (apply) blankLine(registry, paths, line);
  }
  const size = getFileSize(fs, paths.events);
  const end = findIntactEnd(fs, paths.events, () => foldFlow(fs, paths.events, EMPTY_FLOW).size);
  if (end >= size) return;
  actions.push({ action: "cut_tail", what: `void ${size - end} bytes of an unfinished write in events.jsonl` });
  if (apply) voidTail(fs, paths.events, { from: end, to: size });
}

function rebuild(registry: Registry, paths: FlowPaths): void {
  const { fs } = registry;
  const { flow, size, keys } = foldFlow(fs, paths.events, EMPTY_FLOW);
  if (flow === undefined) return;
  writeKeys(fs, paths.keys, keys);
  replaceFile(fs, paths.flow, flowFileText(flow, { bytes: size, keys: keys.length }));
}
