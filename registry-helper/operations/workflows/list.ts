import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { loadWorkflow } from "./workflow-files.ts";

export interface ListedWorkflow {
  /** Relative to the registry root. */
  path: string;
  workflowId: string | null;
  title: string | null;
  version: string | null;
  nodes: number;
  runs: number;
  /** Why it cannot be read; null when it can. */
  problem: { code: string; message: string } | null;
}

export interface WorkflowListDocument {
  ok: true;
  registryRoot: string;
  workflows: ListedWorkflow[];
}

/** Every workflow file of the registry, with what is wrong with those that cannot be read. */
export function list({ registry, queryIndex }: IndexedContext): Outcome<WorkflowListDocument> {
  const counts = new Map<string, number>();
  for (const { workflowId } of findRuns(registry, {}, queryIndex))
    if (workflowId !== null) counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
  const workflows = workflowPaths(registry).map((path) => toListed(registry, path, counts));
  return { document: { ok: true, registryRoot: registry.root, workflows } };
}

function toListed(registry: Registry, path: string, counts: ReadonlyMap<string, number>): ListedWorkflow {
  try {
    const { definition } = loadWorkflow(registry, path, registry.root);
    const { workflowId, title, nodes } = definition;
    return {
      path,
      workflowId,
      title,
      version: workflowVersion(definition),
      nodes: nodes.length,
      runs: counts.get(workflowId) ?? 0,
      problem: null,
    };
  } catch (thrown) {
    const error = storageError(thrown, path);
    if (!isClawTaskError(error)) throw error;
    const { code, message } = error;
    return {
      path,
      workflowId: null,
      title: null,
      version: null,
      nodes: 0,
      runs: 0,
      problem: { code, message },
    };
  }
}
