import type {
  ApprovalAccess,
  ApprovalPolicy,
  Condition,
  EvidencePolicy,
  NodePolicy,
  RetryPolicy,
} from "../../model/node-policy.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";

/** Pause before a second attempt when the workflow names none: it can be given out in the same answer. */
const DEFAULT_BACKOFF_MS = 0;
const DEFAULT_FACTOR = 2;
const DEFAULT_MAX_BACKOFF_MS = 5 * 60_000;

/** What a node's policy is, with the workflow's `defaults` under it; undefined when nobody says anything. */
export function readPolicy(node: WorkflowNode, defaults: WorkflowDefinition["defaults"]): NodePolicy | undefined {
  const isWork = node.kind !== "wait" && node.kind !== "approval";
  const timeoutMs = node.timeoutMs ?? (isWork ? defaults?.timeoutMs : undefined);
  const retries = readRetries(node.retries ?? (isWork ? defaults?.retries : undefined));
  const onFailure = node.onFailure ?? defaults?.onFailure;
  const evidence: EvidencePolicy | undefined = node.outputs.evidence ?? defaults?.evidence;
  const approval = node.kind === "approval" ? withAccess(node.approval, defaults?.approval) : node.approval;
  const policy: NodePolicy = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(node.when === undefined ? {} : { when: node.when as Condition }),
    ...(approval === undefined ? {} : { approval }),
    ...(node.outputs.schema === undefined ? {} : { resultSchema: node.outputs.schema }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}

/** An approval that says whose word counts says all of it: names of the workflow do not go with another authority. */
function withAccess(own: ApprovalPolicy | undefined, access: ApprovalAccess | undefined): ApprovalPolicy | undefined {
  if (access === undefined) return own;
  const saysItself = own?.authority !== undefined || own?.approvers !== undefined;
  return saysItself ? own : { ...own, ...access };
}

function readRetries(written: WorkflowNode["retries"]): RetryPolicy | undefined {
  if (written === undefined) return undefined;
  const {
    max,
    backoffMs = DEFAULT_BACKOFF_MS,
    factor = DEFAULT_FACTOR,
    maxBackoffMs = DEFAULT_MAX_BACKOFF_MS,
  } = typeof written === "number" ? { max: written } : written;
  return max === 0 ? undefined : { max, backoffMs, factor, maxBackoffMs };
}
