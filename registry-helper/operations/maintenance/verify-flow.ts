import type { Registry } from "../../registry/registry.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { EMPTY_FLOW, foldFlow } from "../../storage/flow-fold.ts";
import { flowFileText } from "../../storage/flow-journal.ts";
import { flowIds, flowNotFound, flowPaths } from "../../storage/flow-paths.ts";
import { keyLine } from "../../storage/idempotency-index.ts";
import { getFileSize } from "../../storage/journal-file.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { retryUntilStable } from "./verify-run.ts";

export interface FlowVerifyReport {
  flowId: string;
  ok: boolean;
  /** What differs between the files and the journal, in words. */
  differences: string[];
  /** Lines that lost a race for their place; harmless. */
  voidLines: number;
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
    const { flow, size, keys, voidLines } = foldFlow(fs, paths.events, EMPTY_FLOW);
    if (flow === undefined) throw flowNotFound(flowId);
    const torn = getFileSize(fs, paths.events) - size;
    const checkpoint = { bytes: size, keys: keys.length };
    const indexed = keys.map(({ key, offset }) => keyLine(key, offset)).join("");
    const differences = [
      ...(torn > 0 ? [`events.jsonl ends in ${torn} bytes of an unfinished write`] : []),
      ...(readTextIfExists(fs, paths.flow) === flowFileText(flow, checkpoint)
        ? []
        : ["flow.json differs from the journal"]),
      ...((readTextIfExists(fs, paths.keys) ?? "") === indexed ? [] : ["keys.idx differs from the journal"]),
    ];
    return { flowId, ok: differences.length === 0, differences, voidLines };
  } catch (thrown) {
    const error = unreadableError(thrown, `flow ${flowId}`);
    if (error.code === "flow_not_found") throw error;
    return { flowId, ok: false, differences: [`${error.code}: ${error.message}`], voidLines: 0 };
  }
}
