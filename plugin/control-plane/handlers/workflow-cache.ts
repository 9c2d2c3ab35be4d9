import { join } from "node:path";
import { loadWorkflow, workflowPaths } from "../../../registry-helper/index.ts";
import { storageError } from "../../../registry-helper/storage/storage-errors.ts";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import type { WorkflowDefinition } from "../../../registry-helper/model/workflow-schema.ts";
import { parseWorkflow } from "../../../registry-helper/domain/workflow/parse-workflow.ts";
import { workflowVersion } from "../../../registry-helper/domain/workflow/workflow-version.ts";
import type { Desk } from "./context.ts";
import { keptOf, RecentlyUsed } from "./cache.ts";

/** A workflow file as it is now, or why it cannot be read. */
export type KnownWorkflow =
  | { path: string; definition: WorkflowDefinition; version: string; problem: null }
  | { path: string; definition: null; version: null; problem: { code: string; message: string } };

/** How many parsed files are kept: parsing takes much longer than looking whether one has changed. */
const KEPT_FILES = 500;
const KEPT_LOCKS = 16;

/** Every workflow file of the registry. Only files that changed are read again. */
export function knownWorkflows(desk: Desk): KnownWorkflow[] {
  const kept = keptOf(desk, "workflow files", () => new RecentlyUsed<KnownWorkflow>(KEPT_FILES));
  return workflowPaths(desk.registry).map((path) =>
    kept.get(path, stampOf(desk, path), () => ({ value: readWorkflow(desk, path) })),
  );
}

/** The file of this workflow; the one that is named like it, when several say that they are it. */
export function workflowNamed(desk: Desk, workflowId: string): KnownWorkflow | undefined {
  const all = knownWorkflows(desk).filter(({ definition }) => definition?.workflowId === workflowId);
  return all.find(({ path }) => path === `workflows/${workflowId}.task.md`) ?? all[0];
}

function readWorkflow({ registry }: Desk, path: string): KnownWorkflow {
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
export function lockedWorkflow(desk: Desk, path: string): WorkflowDefinition | undefined {
  const kept = keptOf(desk, "workflow locks", () => new RecentlyUsed<WorkflowDefinition | undefined>(KEPT_LOCKS));
  return kept.get(path, stampOf(desk, path), () => ({ value: readLock(desk, path) }));
}

function readLock({ registry }: Desk, path: string): WorkflowDefinition | undefined {
  try {
    return parseWorkflow(registry.fs.readFileSync(path, "utf8"), path);
  } catch {
    return undefined;
  }
}

function stampOf({ registry: { fs, root } }: Desk, path: string): string {
  try {
    const { size, mtimeMs, ino } = fs.statSync(path.startsWith("/") ? path : join(root, path));
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return "-";
  }
}
