import { join } from "node:path";
import { LRUCache } from "lru-cache";
import {
  isClawTaskError,
  loadWorkflow,
  parseWorkflow,
  readText,
  storageError,
  type WorkflowDefinition,
  workflowPaths,
  workflowVersion,
} from "../../../registry-helper/internal.ts";
import { memoize, memoizeByStamp, type Stamped } from "./cache.ts";
import type { ApiContext } from "./context.ts";

/** A workflow file as it is now, or why it cannot be read. */
export type KnownWorkflow =
  | { path: string; definition: WorkflowDefinition; version: string; problem: null }
  | { path: string; definition: null; version: null; problem: { code: string; message: string } };

/** How many parsed files are kept: parsing takes much longer than looking whether one has changed. */
const FILE_CACHE_SIZE = 500;
const LOCK_CACHE_SIZE = 16;

/** Every workflow file of the registry. Only files that changed are read again. */
export function listKnownWorkflows(context: ApiContext): KnownWorkflow[] {
  const cache = memoize(
    context,
    "workflow files",
    () => new LRUCache<string, Stamped<KnownWorkflow>>({ max: FILE_CACHE_SIZE }),
  );
  return workflowPaths(context.registry).map((path) =>
    memoizeByStamp(cache, path, getFileStamp(context, path), () => readWorkflow(context, path)),
  );
}

/** The file of this workflow; the one that is named like it, when several say that they are it. */
export function findWorkflow(context: ApiContext, workflowId: string): KnownWorkflow | undefined {
  const all = listKnownWorkflows(context).filter(({ definition }) => definition?.workflowId === workflowId);
  return all.find(({ path }) => path === `workflows/${workflowId}.task.md`) ?? all[0];
}

function readWorkflow({ registry }: ApiContext, path: string): KnownWorkflow {
  try {
    const { definition } = loadWorkflow(registry, path, registry.root);
    return { path, definition, version: workflowVersion(definition), problem: null };
  } catch (thrown) {
    const error = storageError(thrown, path);
    if (!isClawTaskError(error)) throw error;
    return { path, definition: null, version: null, problem: { code: error.code, message: error.message } };
  }
}

/** The workflow that a run was made from, from its own copy; undefined when that cannot be read. */
export function findLockedWorkflow(context: ApiContext, path: string): WorkflowDefinition | undefined {
  const cache = memoize(
    context,
    "workflow locks",
    () => new LRUCache<string, Stamped<WorkflowDefinition | undefined>>({ max: LOCK_CACHE_SIZE }),
  );
  return memoizeByStamp(cache, path, getFileStamp(context, path), () => readLock(context, path));
}

function readLock({ registry }: ApiContext, path: string): WorkflowDefinition | undefined {
  try {
    return parseWorkflow(readText(registry.fs, path, { followLinks: true }), path);
  } catch {
    return undefined;
  }
}

function getFileStamp({ registry: { fs, root } }: ApiContext, path: string): string {
  try {
    const { size, mtimeMs, ino } = fs.statSync(path.startsWith("/") ? path : join(root, path));
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return "-";
  }
}
