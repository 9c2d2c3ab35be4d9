import { deliveryChangeShape, deliveryRecordShape } from "./delivery-shapes.ts";
import type { Via } from "./event-origin.ts";
import type { ApprovalPolicy, Condition, NodePolicy, RetryPolicy } from "./node-policy.ts";
import {
  type ApprovalAnswer,
  type ApprovalBypass,
  type CronPatch,
  type Evidence,
  type LeftFile,
  NODE_KINDS,
  NODE_STATUSES,
  type NodeAttempt,
  type NodeClaim,
  type Observation,
  RUN_STATUSES,
  type RunDocument,
  type RunMessage,
  type RunNode,
  type RunRefs,
  type RunState,
} from "./run-documents.ts";
import type { RecordedControl, RunEvent } from "./run-events.ts";
import {
  count,
  dictionary,
  json,
  jsonObject,
  list,
  nullable,
  number,
  oneOf,
  optional,
  position,
  record,
  type Shape,
  text,
  word,
  yes,
} from "./shapes.ts";
import type { TokenUsage } from "./task-record.ts";

const nodeStatus = oneOf(NODE_STATUSES);
const texts = list(text);
const nullableText = nullable(text);

export const usageShape = record<TokenUsage>({
  input: nullable(number),
  output: nullable(number),
  cached: optional(number),
  costUsd: optional(number),
});

const evidenceShape = record<Evidence>({
  path: text,
  size: number,
  sha256: nullableText,
  mtimeMs: optional(number),
});

const leftFileShape = record<LeftFile>({
  path: text,
  size: number,
  sha256: nullableText,
  mtimeMs: optional(number),
  kept: text,
});

const claimFields = { by: text, until: text, leaseMs: optional(number) };
const claimShape = record<NodeClaim>({ token: count, ...claimFields });

const originFields = { by: text, via: optional(word<Via>()), session: optional(text), sender: optional(text) };
const answerFields = { choice: text, words: nullableText, data: optional(json), ...originFields };
const answerShape = record<ApprovalAnswer>({ ...answerFields, at: text });

const bypassFields = { to: word<ApprovalBypass["to"]>(), words: nullableText, ...originFields };
const bypassShape = record<ApprovalBypass>({ ...bypassFields, at: text });

const observationShape = record<Observation>({
  status: text,
  at: text,
  taskId: optional(text),
  summary: optional(text),
});

/** Fields that a node and its earlier attempts share. */
const outcomeFields = {
  reason: optional(word<NonNullable<NodeAttempt["reason"]>>()),
  filesBefore: optional(list(evidenceShape)),
  evidence: optional(list(evidenceShape)),
  output: optional(jsonObject),
  answer: optional(answerShape),
  missingArtifacts: optional(texts),
  bypassed: optional(bypassShape),
  observed: optional(observationShape),
  usage: optional(usageShape),
  sessionKey: nullableText,
  childSessionKey: nullableText,
  runId: nullableText,
  startedAt: nullableText,
  completedAt: nullableText,
  lastMessage: optional(text),
};

const attemptShape = record<NodeAttempt>({
  attempt: count,
  status: nodeStatus,
  ...outcomeFields,
  retry: optional(text),
  left: optional(list(leftFileShape)),
});

const valueTests = {
  equals: optional(json),
  notEquals: optional(json),
  in: optional(list(json)),
  greaterThan: optional(number),
  lessThan: optional(number),
  exists: optional<boolean>((value) => (typeof value === "boolean" ? undefined : " is not true or false")),
};
const paramTest = record<Extract<Condition, { param: string }>>({ param: text, ...valueTests });
const nodeTest = record<Extract<Condition, { node: string }>>({
  node: text,
  status: optional(text),
  choice: optional(text),
  output: optional(text),
  ...valueTests,
});

/** Is evaluated by the key that it has: the first of these, as in `isMet`. */
const conditionShape: Shape<Condition> = (value) => {
  if (jsonObject(value) !== undefined) return " is not a condition";
  const condition = value as Record<string, unknown>;
  if ("all" in condition) return list(conditionShape)(condition["all"]);
  if ("any" in condition) return list(conditionShape)(condition["any"]);
  if ("not" in condition) return conditionShape(condition["not"]);
  return "param" in condition ? paramTest(condition) : nodeTest(condition);
};

const policyShape = record<NodePolicy>({
  timeoutMs: optional(number),
  retries: optional(record<RetryPolicy>({ max: number, backoffMs: number, factor: number, maxBackoffMs: number })),
  onFailure: optional(word()),
  evidence: optional(word()),
  when: optional(conditionShape),
  approval: optional(
    record<ApprovalPolicy>({
      question: optional(text),
      choices: optional(texts),
      schema: optional(json),
      expiresAfterMs: optional(number),
      authority: optional(word()),
      approvers: optional(texts),
    }),
  ),
  resultSchema: optional(json),
});

const nodeShape = record<RunNode>({
  id: text,
  title: text,
  kind: oneOf(NODE_KINDS),
  needs: texts,
  outputsMode: word(),
  artifactPaths: texts,
  waitFor: json,
  workingMemory: nullable(
    record<NonNullable<RunNode["workingMemory"]>>({
      plan: text,
      findings: text,
      progress: text,
      handoff: optional(text),
    }),
  ),
  status: nodeStatus,
  notes: list(json),
  attempts: optional(list(attemptShape)),
  blockedBy: optional(texts),
  policy: optional(policyShape),
  claim: optional(claimShape),
  deadlineAt: optional(text),
  retry: optional(text),
  retryAt: optional(text),
  prompt: optional(text),
  conflict: optional(text),
  skippedBy: optional(text),
  asked: optional(deliveryRecordShape),
  reported: optional(answerShape),
  ...outcomeFields,
});

const cronPatchShape = record<CronPatch>({
  patch: json,
  by: text,
  at: text,
  outcome: word(),
  reason: optional(text),
});

const sessionFields = {
  sourceSessionKey: nullableText,
  sourceAgentId: nullableText,
  deliveryContext: json,
  rootSessionKey: nullableText,
  plannerSessionKey: nullableText,
  driverSessionKey: nullableText,
  cronJobId: nullableText,
};

const runStateShape = record<RunState>({
  runId: text,
  workflowId: text,
  title: text,
  status: oneOf(RUN_STATUSES),
  ...sessionFields,
  updatedAt: text,
  createdAt: text,
  nodes: list(nodeShape),
  lastEvent: text,
  lastProgressMessage: nullableText,
  lastProgressMessageAt: nullableText,
  blockedBy: optional(texts),
  delivery: optional(deliveryRecordShape),
  workflowVersion: optional(text),
  params: optional(jsonObject),
  wake: optional(word()),
  controlBytes: optional(count),
  received: optional(dictionary(json)),
  messages: optional(list(record<RunMessage>({ id: text, text, by: text, delivery: deliveryRecordShape }))),
  cronPatch: optional(cronPatchShape),
  forkedFrom: optional(record<NonNullable<RunState["forkedFrom"]>>({ runId: text, nodeId: text })),
  notes: optional(texts),
  archivedAt: optional(text),
  reported: optional(record<NonNullable<RunState["reported"]>>({ by: text, at: text, message: optional(text) })),
  boundRoute: optional(record<NonNullable<RunState["boundRoute"]>>({ by: text, at: text, before: json })),
});

const runRefsShape = record<RunRefs>({
  runId: text,
  ...sessionFields,
  driverRunId: nullableText,
  driverRequestedEventCount: number,
  driverRequestedActivityCount: number,
  nodeSessions: dictionary(text),
  childSessions: dictionary(text),
  nodeRunIds: dictionary(text),
  appliedControlIds: texts,
  lastProgressEventCount: number,
});

export const runShape = record<RunDocument>({ state: runStateShape, refs: runRefsShape });

const controlShape = record<RecordedControl>({
  id: text,
  action: text,
  by: text,
  nodeId: optional(text),
  message: optional(text),
  patch: optional(json),
  isFromFile: optional(yes),
});

export const runEventShape = record<RunEvent>({
  event: word(),
  timestamp: text,
  runId: text,
  payload: json,
  nodeId: optional(text),
  message: optional(text),
  seq: position,
  key: optional(text),
  digest: optional(text),
  span: optional(position),
  value: optional(nullableText),
  implied: optional(yes),
  missingArtifacts: optional(texts),
  staleArtifacts: optional(texts),
  filesBefore: optional(list(evidenceShape)),
  left: optional(list(leftFileShape)),
  blockedBy: optional(texts),
  control: optional(controlShape),
  code: optional(text),
  controlBytes: optional(count),
  by: optional(text),
  via: optional(word()),
  session: optional(text),
  reason: optional(word()),
  claim: optional(record<NonNullable<RunEvent["claim"]>>({ token: optional(count), ...claimFields })),
  deadlineAt: optional(text),
  retryAt: optional(text),
  evidence: optional(list(evidenceShape)),
  output: optional(jsonObject),
  answer: optional(record<NonNullable<RunEvent["answer"]>>(answerFields)),
  unverified: optional(yes),
  bypass: optional(record<NonNullable<RunEvent["bypass"]>>(bypassFields)),
  observed: optional(observationShape),
  usage: optional(usageShape),
  skippedBy: optional(text),
  node: optional(nodeShape),
  before: optional(text),
  needs: optional(texts),
  kind: optional(text),
  messageId: optional(text),
  cronPatch: optional(cronPatchShape),
  delivery: optional(deliveryChangeShape),
  snapshot: optional(runShape),
  schema: optional(count),
});
