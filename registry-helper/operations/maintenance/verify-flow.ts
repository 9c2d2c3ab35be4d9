import type { Registry } from "../../registry/registry.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { EMPTY_FLOW, foldFlow } from "../../storage/flow-fold.ts";
import { flowFileText, readFlowFile } from "../../storage/flow-journal.ts";
import { flowIds, flowNotFound, flowPaths } from "../../storage/flow-paths.ts";
import { keyLine } from "../../storage/idempotency-index.ts";
import { getFileSize } from "../../storage/journal-file.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { auditDifferences, retryUntilStable } from "./verify-run.ts";

export interface FlowVerifyReport {
  flowId: string;
  ok: boolean;
  /** What differs between the files and the journal, in words. */
  differences: string[];
  /** Lines that lost a race for their place; harmless. */
  voidLines: number;
  /** As of a run. */
  notes?: string[];
}

/** The same for every flow. A folder that a killed creation left is no flow. */
export function verifyFlows(registry: Registry): FlowVerifyReport[] {
  const { fs, root } = registry;
  return flowIds(fs, root)
    .filter((flowId) => getFileSize(fs, flowPaths(root, flowId).events) > 0)
    .map((flowId) => verifyFlow(registry, flowId));
}

/**
 * Rebuilds every projection of a flow from its journal and compares bytes. Changes nothing.
 *
 * @throws ClawTaskError `flow_not_found`
 */
export function verifyFlow(registry: Registry, flowId: string): FlowVerifyReport {
  return retryUntilStable(() => compareFlow(registry, flowId));
}

function compareFlow(registry: Registry, flowId: string): FlowVerifyReport {
  const { fs } = registry;
  const paths = flowPaths(registry.root, flowId);
  try {
    const { flow, size, keys, voidLines, last } = foldFlow(fs, paths.events, EMPTY_FLOW);
    if (flow === undefined) throw flowNotFound(flowId);
    const torn = getFileSize(fs, paths.events) - size;
    const found = readFlowFile(fs, paths);
    const mark = { bytes: size, keys: keys.length };
    // Files of 0.1.0 name no hash; the next change adds it.
    const checkpoint = found !== undefined && found.last === undefined ? mark : { ...mark, last };
    const { differences: ofLines, notes } = auditDifferences(fs, paths.events);
    const indexed = keys.map(({ key, offset }) => keyLine(key, offset)).join("");
    const differences = [
      ...ofLines,
      ...(found !== undefined && found.size > size + torn
        ? [`events.jsonl has ${size + torn} bytes, and flow.json stands for ${found.size}: lines are missing`]
        : []),
      ...(torn > 0 ? [`events.jsonl ends in ${torn} bytes of an unfinished write`] : []),
      ...(readTextIfExists(fs, paths.flow) === flowFileText(flow, checkpoint)
        ? []
        : ["flow.json differs from the journal"]),
      ...((readTextIfExists(fs, paths.keys) ?? "") === indexed ? [] : ["keys.idx differs from the journal"]),
    ];
    return { flowId, ok: differences.length === 0, differences, voidLines, ...notes };
  } catch (thrown) {
    const error = unreadableError(thrown, `flow ${flowId}`);
    if (error.code === "flow_not_found") throw error;
    const { differences, notes } = auditDifferences(fs, paths.events);
    return {
      flowId,
      ok: false,
      differences: [`${error.code}: ${error.message}`, ...differences],
      voidLines: 0,
      ...notes,
    };
  }
}
