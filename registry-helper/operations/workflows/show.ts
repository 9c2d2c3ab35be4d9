import { readPolicy } from "../../domain/workflow/node-policy-defaults.ts";
import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import type { NodePolicy } from "../../model/node-policy.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import { findRuns, type VersionUse, versionsUsed } from "../../views/queries/workflow-runs.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { loadWorkflow } from "./workflow-files.ts";

export interface ShownWorkflowNode extends Pick<WorkflowNode, "id" | "title" | "kind" | "waitFor"> {
  needs: readonly string[];
  /** With the defaults of the workflow. */
  policy: NodePolicy;
}

export interface WorkflowShowDocument {
  ok: true;
  /** Relative to the registry root where it is below it, else absolute. */
  path: string;
  workflowId: string;
  title: string;
  version: string;
  params: NonNullable<WorkflowDefinition["params"]>;
  nodes: ShownWorkflowNode[];
  /** That runs were made from, the most recently used first. */
  versions: VersionUse[];
}

/**
 * One workflow: what it takes, what it does, which versions of it ran.
 *
 * @param input.workflow its name, or a path from the registry root or the current directory
 * @throws ClawTaskError `workflow_not_found` | `workflow_invalid` | `front_matter_refused`
 */
export function show(
  { registry, queryIndex, cwd }: IndexedContext,
  input: { workflow: string },
): Outcome<WorkflowShowDocument> {
  const { path, definition } = loadWorkflow(registry, input.workflow, cwd);
  const { workflowId, title, params = {}, nodes, defaults } = definition;
  const version = workflowVersion(definition);
  const versions = versionsUsed(findRuns(registry, { workflowId }, queryIndex));
  const shown = nodes.map((node) => ({
    id: node.id,
    title: node.title,
    kind: node.kind,
    needs: node.needs ?? [],
    ...(node.waitFor === undefined ? {} : { waitFor: node.waitFor }),
    policy: readPolicy(node, defaults) ?? {},
  }));
  return { document: { ok: true, path, workflowId, title, version, params, nodes: shown, versions } };
}
