import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { Registry } from "../../registry/registry.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { loadWorkflow } from "./workflow-files.ts";

/** What was found in one file. */
export interface WorkflowFileReport {
  path: string;
  ok: boolean;
  workflowId?: string;
  version?: string;
  nodes?: number;
  /** What is allowed but hardly meant. */
  warnings?: string[];
  problem?: { code: string; message: string; next?: string };
}

export interface WorkflowValidateDocument {
  /** False when one file has a problem. */
  ok: boolean;
  files: WorkflowFileReport[];
}

/**
 * Checks workflow files; each is reported, whatever is wrong with the others.
 *
 * @param input.workflows names or paths; all of the registry unless given
 */
export function validate(
  { registry, cwd }: OperationContext,
  input: { workflows?: readonly string[] | undefined },
): Outcome<WorkflowValidateDocument> {
  const named = input.workflows ?? workflowPaths(registry);
  const files = named.map((reference) => check(registry, reference, cwd));
  return { document: { ok: files.every((file) => file.ok), files } };
}

function check(registry: Registry, reference: string, cwd: string): WorkflowFileReport {
  try {
    const { path, definition, warnings } = loadWorkflow(registry, reference, cwd);
    const { workflowId, nodes } = definition;
    return {
      path,
      ok: true,
      workflowId,
      version: workflowVersion(definition),
      nodes: nodes.length,
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  } catch (thrown) {
    const error = storageError(thrown, reference);
    if (!isClawTaskError(error)) throw error;
    const { code, message, next } = error;
    return { path: reference, ok: false, problem: { code, message, ...(next === undefined ? {} : { next }) } };
  }
}
