import { usageError } from "../../model/errors.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { scaffoldRun, type ScaffoldRequest } from "./scaffold-run.ts";

export interface ScaffoldInput extends Omit<ScaffoldRequest, "sourceSessionKey" | "deliveryContext"> {
  /** The session that asked for the run. Required: no surface may invent one. */
  sourceSessionKey?: string | undefined;
  /** Where the outcome is told. */
  deliveryContext?: ScaffoldRequest["deliveryContext"] | undefined;
}

export interface ScaffoldDocument {
  ok: true;
  runId: string;
  registryRoot: string;
  /** Relative to the registry root, with forward slashes. */
  workflowPath: string;
  runPath: string;
  readyNodes: string[];
}

/**
 * Creates a run of a workflow.
 *
 * @throws ClawTaskError `usage` | `workflow_not_found` | `workflow_invalid` | `run_exists` | `invalid_id` | ...
 * @example
 * scaffold(context, {
 *   runId: "report-1",
 *   workflowPath: "workflows/report.task.md",
 *   sourceSessionKey: "agent:main:main",
 *   params: { topic: "squid" },
 * });
 */
export function scaffold({ registry, cwd }: OperationContext, input: ScaffoldInput): Outcome<ScaffoldDocument> {
  const { sourceSessionKey } = input;
  if (sourceSessionKey === undefined)
    throw usageError("the following arguments are required: --source-session-key", "scaffold");
  // The digest of a key is made of these in this order.
  const request = {
    runId: input.runId,
    workflowPath: input.workflowPath,
    specFile: input.specFile,
    sourceSessionKey,
    sourceAgentId: input.sourceAgentId,
    deliveryContext: input.deliveryContext ?? null,
    rootSessionKey: input.rootSessionKey,
    plannerSessionKey: input.plannerSessionKey,
    driverSessionKey: input.driverSessionKey,
    key: input.key,
    params: input.params ?? {},
  };
  const { runId, workflowPath, runPath, readyNodes, warnings } = scaffoldRun(registry, request, cwd);
  return {
    document: { ok: true, runId, registryRoot: registry.root, workflowPath, runPath, readyNodes },
    notices: warnings,
  };
}
