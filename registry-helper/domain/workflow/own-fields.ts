import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";

/** Waits that OpenTask does not have. */
const OWN_WAITS: readonly string[] = ["until", "task", "event"];

/** Whether a workflow uses a field that OpenTask does not have: it was written for ClawTask. */
export function usesOwnFields(definition: WorkflowDefinition): boolean {
  const { params, wake, defaults = {}, nodes } = definition;
  const { retries, onFailure, evidence, approval } = defaults;
  const own = [params, wake, retries, onFailure, evidence, approval];
  return own.some((one) => one !== undefined) || nodes.some(hasOwnField);
}

function hasOwnField(node: WorkflowNode): boolean {
  const { when, approval, timeoutMs, retries, onFailure, outputs, waitFor } = node;
  const own = [when, approval, timeoutMs, retries, onFailure, outputs.evidence, outputs.schema];
  return own.some((one) => one !== undefined) || OWN_WAITS.includes(waitFor?.type ?? "");
}

/** Whether a workflow of OpenTask names a time limit, which nothing enforces there: its own sample gives half a minute. */
export function hasUnenforcedLimit(definition: WorkflowDefinition): boolean {
  return definition.defaults?.timeoutMs !== undefined && !usesOwnFields(definition);
}

/** The defaults that count for the nodes. */
export function getEffectiveDefaults(definition: WorkflowDefinition): WorkflowDefinition["defaults"] {
  if (definition.defaults === undefined || !hasUnenforcedLimit(definition)) return definition.defaults;
  const { timeoutMs: _notEnforced, ...rest } = definition.defaults;
  return rest;
}
