import { Type } from "@sinclair/typebox";
import {
  APPROVAL_AUTHORITIES,
  DELIVERY_STATES,
  NODE_KINDS,
  NODE_STATUSES,
  RUN_PHASES,
} from "../../../registry-helper/internal.ts";
import {
  count,
  entity,
  exactEntity,
  exactly,
  json,
  maybeText,
  maybeTime,
  oneOf,
  orNull,
  time,
} from "./schema-helpers.ts";

export const API_RUN_STATUSES = ["draft", "running", "paused", "completed", "failed", "cancelled"] as const;

export const RouteSchema = entity("Route", {
  channel: Type.String(),
  to: Type.String(),
  accountId: Type.Optional(Type.String()),
  threadId: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  sessionKey: Type.Optional(Type.String()),
});

export const DeliverySchema = entity("Delivery", {
  state: oneOf(DELIVERY_STATES),
  generation: count,
  sender: oneOf(["host", "clawtask"]),
  route: orNull(RouteSchema),
  plannedAt: time,
  dueAt: maybeTime,
  deadlineAt: time,
  tries: count,
  reason: maybeText,
  receipt: maybeText,
});

/** A node as OpenTask's API has it: no null, no key of ours. */
export const OpenTaskNodeSchema = exactEntity("OpenTaskNode", {
  id: Type.String(),
  title: Type.String(),
  kind: oneOf(NODE_KINDS),
  status: oneOf(NODE_STATUSES),
  needs: Type.Array(Type.String()),
  outputsMode: oneOf(["notify", "report"]),
  sessionKey: Type.Optional(Type.String()),
  childSessionKey: Type.Optional(Type.String()),
  runId: Type.Optional(Type.String({ description: "The host's id of the node's execution" })),
  artifactPaths: Type.Array(Type.String()),
  workingMemory: Type.Optional(
    Type.Object({
      plan: Type.String(),
      findings: Type.String(),
      progress: Type.String(),
      handoff: Type.Optional(Type.String()),
    }),
  ),
  notes: Type.Array(Type.String()),
  startedAt: Type.Optional(time),
  completedAt: Type.Optional(time),
  waitFor: Type.Optional(Type.Object({ type: Type.String(), path: Type.Optional(Type.String()) })),
});

export const OpenTaskRunSchema = exactEntity("OpenTaskRun", {
  runId: Type.String(),
  workflowId: Type.String(),
  title: Type.String(),
  status: oneOf(API_RUN_STATUSES),
  sourceSessionKey: Type.Optional(Type.String()),
  sourceAgentId: Type.Optional(Type.String()),
  deliveryContext: Type.Optional(
    exactly({
      channel: Type.Optional(Type.String()),
      to: Type.Optional(Type.String()),
      accountId: Type.Optional(Type.String()),
      threadId: Type.Optional(Type.String()),
    }),
  ),
  rootSessionKey: Type.Optional(Type.String()),
  plannerSessionKey: Type.Optional(Type.String()),
  driverSessionKey: Type.Optional(Type.String()),
  cronJobId: Type.Optional(Type.String()),
  updatedAt: time,
  createdAt: time,
  nodes: Type.Array(OpenTaskNodeSchema),
  lastEvent: Type.Optional(Type.String()),
  lastProgressMessage: Type.Optional(Type.String()),
  lastProgressMessageAt: Type.Optional(time),
});

export const OpenTaskEventSchema = exactEntity("OpenTaskEvent", {
  event: Type.String(),
  runId: Type.String(),
  timestamp: time,
  nodeId: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  payload: json,
});

export const DOCUMENT_LABELS = [
  "Report",
  "Summary",
  "Findings",
  "Progress",
  "Plan",
  "Handoff",
  "Result",
  "Artifact",
] as const;
export const DOCUMENT_FORMATS = ["markdown", "json", "text"] as const;

export const NodeDocumentSchema = exactEntity("NodeDocument", {
  path: Type.String(),
  label: oneOf(DOCUMENT_LABELS),
  category: oneOf(["artifact", "working_memory"]),
  format: oneOf(DOCUMENT_FORMATS),
  content: Type.String(),
  truncated: Type.Boolean(),
});

/** A run as `state.json` has it, whole. */
export const RunStateSchema = entity("RunState", {
  runId: Type.String(),
  workflowId: Type.String(),
  title: Type.String(),
  status: oneOf(API_RUN_STATUSES),
  createdAt: time,
  updatedAt: time,
  lastEvent: Type.String(),
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      title: Type.String(),
      kind: oneOf(NODE_KINDS),
      status: oneOf(NODE_STATUSES),
      needs: Type.Array(Type.String()),
      artifactPaths: Type.Array(Type.String()),
      startedAt: maybeTime,
      completedAt: maybeTime,
    }),
  ),
});

export const RunRowSchema = entity("RunRow", {
  runId: Type.String(),
  status: Type.String({ description: "A run's status, or `unreadable`" }),
  phase: oneOf([...RUN_PHASES, "unreadable"]),
  workflowId: maybeText,
  title: maybeText,
  createdAt: maybeTime,
  updatedAt: maybeTime,
  done: count,
  total: count,
  problem: orNull(Type.String({ description: "Why it cannot go on or cannot be read" })),
  delivery: orNull(DeliverySchema),
  workflowVersion: maybeText,
  archivedAt: maybeTime,
  endedAt: maybeTime,
  forkedFrom: maybeText,
  unverified: count,
  bypassed: count,
});

export const RemarkSchema = entity("Remark", {
  nodeId: Type.String(),
  kind: oneOf(["answered", "unanswered", "reported", "unverified"]),
  text: Type.String(),
});

export const NextStepSchema = entity("NextStep", {
  action: Type.String(),
  what: Type.String(),
  commands: Type.Array(Type.String()),
  nodeId: Type.Optional(Type.String()),
  choices: Type.Optional(Type.Array(Type.String())),
  answerSchema: Type.Optional(json),
});

export const QuestionSchema = entity("Question", {
  nodeId: Type.String(),
  question: Type.String(),
  choices: orNull(Type.Array(Type.String(), { description: "The last one is the no" })),
  schema: orNull(json),
  askedAt: maybeTime,
  expiresAt: maybeTime,
  authority: oneOf(APPROVAL_AUTHORITIES),
  approvers: orNull(Type.Array(Type.String())),
  chat: Type.Object(
    { approve: Type.String(), reject: Type.String() },
    { description: "What a person sends in a chat" },
  ),
  reported: orNull(Type.String({ description: "The last answer that was passed on and does not count" })),
  delivery: orNull(DeliverySchema),
});

export const ArtifactSchema = entity("Artifact", {
  nodeId: Type.String(),
  path: Type.String(),
  exists: Type.Boolean(),
  size: orNull(count),
  sha256: Type.Optional(Type.String()),
});

export const GraphSchema = entity("Graph", {
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      title: Type.String(),
      kind: oneOf(NODE_KINDS),
      status: Type.Optional(oneOf(NODE_STATUSES)),
      condition: Type.Optional(Type.String()),
    }),
  ),
  edges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
});

export const RunGraphSchema = Type.Object({
  runId: Type.String(),
  /** Null when the run's copy of its workflow cannot be read. */
  written: orNull(GraphSchema),
  run: GraphSchema,
});

export const TimelineSchema = entity("Timeline", {
  runId: Type.String(),
  status: Type.String(),
  startedAt: time,
  endedAt: maybeTime,
  ms: count,
  spans: Type.Array(
    Type.Object({
      nodeId: Type.String(),
      attempt: count,
      status: oneOf(NODE_STATUSES),
      reason: maybeText,
      readyAt: time,
      startedAt: time,
      endedAt: maybeTime,
      waitMs: count,
      ms: count,
      isCritical: Type.Boolean(),
    }),
  ),
  criticalPath: Type.Array(Type.String()),
});

export const JournalEventSchema = entity("JournalEvent", {
  event: Type.String(),
  timestamp: time,
  seq: Type.Integer(),
});

const NodeSideSchema = Type.Object({
  status: Type.String(),
  reason: maybeText,
  attempts: count,
  ms: orNull(count),
  answer: orNull(Type.Object({ choice: Type.String(), words: maybeText })),
  bypassed: maybeText,
  missingArtifacts: Type.Array(Type.String()),
  output: orNull(Type.Object({})),
  evidence: Type.Array(Type.Object({ path: Type.String(), size: count, sha256: maybeText })),
  message: maybeText,
  isCarriedOver: Type.Boolean(),
});

const RunSideSchema = Type.Object({
  runId: Type.String(),
  workflowId: Type.String(),
  workflowVersion: maybeText,
  status: Type.String(),
  createdAt: time,
  endedAt: maybeTime,
  ms: orNull(count),
  attempts: count,
  path: Type.Array(Type.String()),
  skipped: Type.Array(Type.String()),
});

export const ComparisonSchema = entity("RunComparison", {
  a: RunSideSchema,
  b: RunSideSchema,
  isSameVersion: Type.Boolean(),
  params: Type.Array(Type.Object({ name: Type.String(), a: json, b: json })),
  nodes: Type.Array(
    Type.Object({
      nodeId: Type.String(),
      differs: Type.Array(Type.String()),
      a: orNull(NodeSideSchema),
      b: orNull(NodeSideSchema),
    }),
  ),
});
