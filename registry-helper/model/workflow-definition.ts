import type { JsonObject } from "./json.ts";
import type { ApprovalAccess, ApprovalPolicy, Condition, EvidencePolicy, FailurePolicy } from "./node-policy.ts";
import type { NodeKind } from "./run-documents.ts";

/**
 * A workflow as its front matter has it, in plain types, so that the declarations of the package need no other package.
 * `workflow-schema.ts` validates the same shape; a test holds the two equal.
 */
export interface WorkflowDefinition {
  workflowId: string;
  title: string;
  /** Values that a run is given, by name. */
  params?: { [name: string]: WorkflowParam };
  defaults?: WorkflowPolicies & { evidence?: EvidencePolicy; approval?: ApprovalAccess };
  driver?: JsonObject;
  /** Whether the plugin wakes the agent when a node is ready. */
  wake?: "auto" | "off";
  nodes: WorkflowNode[];
}

/** A parameter of a workflow. */
export interface WorkflowParam {
  type: "string" | "number" | "integer" | "boolean";
  description?: string;
  default?: string | number | boolean;
  enum?: (string | number)[];
}

/** A node as it is written, before the defaults are filled in. */
export interface WorkflowNode extends WorkflowPolicies {
  id: string;
  title: string;
  kind: NodeKind;
  /** Ids of the nodes that must end before this one starts. */
  needs?: string[];
  prompt?: string;
  outputs: WorkflowOutputs;
  artifactPaths?: string[];
  waitFor?: WorkflowWait;
  when?: WorkflowCondition;
  approval?: WorkflowApproval;
}

/** Limits of a node, or the defaults for all nodes. */
export interface WorkflowPolicies {
  /** Longest time of one attempt, in milliseconds. */
  timeoutMs?: number;
  /** Further attempts after a failure; pauses in milliseconds. */
  retries?: number | { max: number; backoffMs?: number; factor?: number; maxBackoffMs?: number };
  onFailure?: FailurePolicy;
}

/** What a node leaves behind. */
export interface WorkflowOutputs {
  mode: "notify" | "report";
  path?: string;
  requiredFiles?: string[];
  evidence?: EvidencePolicy;
  /** JSON Schema of `result.json`. */
  schema?: JsonObject;
}

/** What ends the wait of a `wait` node. */
export type WorkflowWait = {
  type: "next_tick" | "manual" | "file_exists" | "until" | "task" | "event";
  path?: string;
  /** An ISO time with an offset. */
  at?: string;
  task?: string;
  event?: string;
};

/** What an `approval` node asks; the schema of its answer is an object here. */
export type WorkflowApproval = Omit<ApprovalPolicy, "schema"> & { schema?: JsonObject };

/** A condition on earlier results; the node is skipped when it is not met. */
export type WorkflowCondition = Condition<unknown>;
