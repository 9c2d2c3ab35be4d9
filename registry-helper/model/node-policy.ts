import type { Json } from "./json.ts";

/** What happens to the nodes behind a failed one: they wait for a person, go on, or are left out. */
export const FAILURE_POLICIES = ["block", "continue", "skip"] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** Whether a node may complete without its files. */
export const EVIDENCE_POLICIES = ["recorded", "required"] as const;
export type EvidencePolicy = (typeof EVIDENCE_POLICIES)[number];

/** Automatic further attempts after a failure. */
export interface RetryPolicy {
  /** Attempts after the first. */
  max: number;
  /** Pause before the second attempt, in milliseconds. */
  backoffMs: number;
  /** By how much each pause is longer than the one before. */
  factor: number;
  maxBackoffMs: number;
}

/**
 * Whose word opens an approval. `reported`: whoever passes an answer on, such as the agent that a person talks with.
 * `verified`: the host or the control plane knows who answered.
 */
export const APPROVAL_AUTHORITIES = ["reported", "verified"] as const;
export type ApprovalAuthority = (typeof APPROVAL_AUTHORITIES)[number];

/** Who may answer an approval. */
export interface ApprovalAccess {
  authority?: ApprovalAuthority;
  /** Ids of those who may answer, such as `telegram:4242`. Implies `verified`. */
  approvers?: string[];
}

/** What an approval asks. */
export interface ApprovalPolicy extends ApprovalAccess {
  question?: string;
  /** What may be answered; `approve` and `reject` when there are none. The last one counts as a no. */
  choices?: string[];
  /** JSON Schema of the data that comes with an answer. */
  schema?: Json;
  expiresAfterMs?: number;
}

/** A test of one value. Without any of these, it is whether the value is there. */
export interface ValueTest<Value = Json> {
  equals?: Value;
  notEquals?: Value;
  in?: Value[];
  greaterThan?: number;
  lessThan?: number;
  exists?: boolean;
}

/** A condition on earlier results. */
export type Condition<Value = Json> =
  | { all: Condition<Value>[] }
  | { any: Condition<Value>[] }
  | { not: Condition<Value> }
  | ({ param: string } & ValueTest<Value>)
  | ({ node: string; status?: string; choice?: string; output?: string } & ValueTest<Value>);

/** The fields of a workflow node that OpenTask does not know, with all defaults filled in. */
export interface NodePolicy {
  timeoutMs?: number;
  retries?: RetryPolicy;
  onFailure?: FailurePolicy;
  evidence?: EvidencePolicy;
  when?: Condition;
  approval?: ApprovalPolicy;
  /** JSON Schema of `result.json`. */
  resultSchema?: Json;
}
