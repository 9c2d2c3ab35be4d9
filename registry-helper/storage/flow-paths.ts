import { basename, join } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { parseDayFromId } from "../model/ids.ts";
import { suggest } from "../model/remedy.ts";
import { type FileSystem, getErrno, linkedFolder, listNames } from "./file-system.ts";

/** Where everything of one flow lies. */
export interface FlowPaths {
  folder: string;
  events: string;
  /** Projection: the flow as of its last event, with a mark. */
  flow: string;
  keys: string;
  lock: string;
}

export function flowsFolder(root: string): string {
  return join(root, "flows");
}

/**
 * The paths of a flow, whether it exists or not.
 *
 * @throws ClawTaskError `flow_not_found` for what cannot be the id of a flow: it would become a folder's name
 */
export function flowPaths(root: string, flowId: string): FlowPaths {
  if (!isFlowId(flowId)) throw flowNotFound(flowId);
  const folder = join(flowsFolder(root), flowId);
  return {
    folder,
    events: join(folder, "events.jsonl"),
    flow: join(folder, "flow.json"),
    keys: join(folder, "keys.idx"),
    lock: join(folder, ".journal.lock"),
  };
}

export function flowNotFound(flowId: string): ClawTaskError {
  return new ClawTaskError("flow_not_found", {
    message: `flow not found: ${flowId}`,
    remedy: { commands: [suggest("flows list")] },
  });
}

/** What went wrong with a flow, when something did: one that was removed meanwhile is not there any more. */
export function orFlowRemoved(error: unknown, fs: FileSystem, { folder }: FlowPaths): unknown {
  return getErrno(error) !== "ENOENT" || fs.existsSync(folder) ? error : flowNotFound(basename(folder));
}

export function isFlowId(text: string): boolean {
  return text.startsWith("f-") && parseDayFromId(text) !== undefined;
}

/** All flows, oldest first: their ids tell the time. */
export function flowIds(fs: FileSystem, root: string): string[] {
  return listNames(fs, flowsFolder(root)).filter(isFlowId).sort();
}

/** @throws ClawTaskError `invalid_path`: a registry does not follow links out of its root */
export function rejectSymlinkedFolder(fs: FileSystem, root: string, paths: FlowPaths): void {
  for (const folder of [flowsFolder(root), paths.folder]) {
    if (fs.lstatSync(folder).isSymbolicLink()) throw linkedFolder(folder);
  }
}
