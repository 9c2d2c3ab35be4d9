import { Type } from "@sinclair/typebox";
import { NOTIFY_POLICIES, TASK_PHASES, TASK_RUNTIMES, TASK_STATUSES } from "../../../registry-helper/internal.ts";
import { DeliverySchema, RouteSchema } from "./run-schemas.ts";
import { count, entity, maybeText, maybeTime, oneOf, orNull, time } from "./schema-helpers.ts";

export const TaskStatusViewSchema = entity("TaskStatusView", {
  phase: oneOf(TASK_PHASES),
  blockReason: maybeText,
  latestUpdate: maybeText,
  suggestedAction: maybeText,
  lastActivityAt: time,
  stalledSince: maybeTime,
  clocks: Type.Object({ queuedMs: count, progressGapMs: count, totalMs: count }),
  answers: Type.Object({
    doing: Type.String(),
    isBlocked: Type.Boolean(),
    why: maybeText,
    needsSomebody: Type.Boolean(),
    isDoneNotReported: Type.Boolean(),
  }),
});

const fields = {
  taskId: Type.String(),
  names: Type.Array(Type.String()),
  runtime: oneOf(TASK_RUNTIMES),
  status: oneOf(TASK_STATUSES),
  label: maybeText,
  task: maybeText,
  requesterSessionKey: maybeText,
  childSessionKey: maybeText,
  parentTaskId: maybeText,
  flowId: maybeText,
  route: orNull(RouteSchema),
  isPrivate: Type.Optional(Type.Literal(true)),
  notify: oneOf(NOTIFY_POLICIES),
  createdAt: time,
  startedAt: maybeTime,
  endedAt: maybeTime,
  phase: maybeText,
  result: maybeText,
  errorSummary: maybeText,
  artifacts: Type.Array(Type.String()),
  attempts: Type.Array(
    Type.Object({
      attempt: count,
      worker: Type.Object({ kind: Type.String(), sessionKey: maybeText, agentId: maybeText, model: maybeText }),
      runId: maybeText,
      startedAt: maybeTime,
      endedAt: maybeTime,
      status: oneOf(TASK_STATUSES),
    }),
  ),
  delivery: orNull(DeliverySchema),
  update: orNull(DeliverySchema),
  cancel: orNull(
    Type.Object({
      requestedAt: time,
      by: Type.String(),
      outcome: oneOf(["asked", "accepted", "refused"]),
      reason: maybeText,
    }),
  ),
  updatedAt: time,
  link: orNull(Type.Object({ runId: Type.String(), nodeId: Type.String(), attempt: count })),
} as const;

export const TaskRowSchema = entity("TaskRow", fields);
export const ShownTaskSchema = entity("ShownTask", { ...fields, view: TaskStatusViewSchema });

export const CapabilitiesSchema = entity("Capabilities", {
  progress: maybeText,
  canCancel: Type.Boolean(),
  whyNot: maybeText,
  teller: Type.String(),
  confirmedBy: Type.String({ description: "What proves that the requester was told" }),
  unknowable: maybeText,
});

const BriefTaskSchema = Type.Object({ taskId: Type.String(), status: oneOf(TASK_STATUSES), what: Type.String() });

export const TaskDetailSchema = Type.Object({
  task: Type.Object({ ...fields, view: TaskStatusViewSchema, capabilities: CapabilitiesSchema }),
  revision: Type.Integer({ description: "For If-Match" }),
  parent: orNull(BriefTaskSchema),
  children: Type.Array(BriefTaskSchema),
  childCount: count,
  earlierAttempts: Type.Optional(
    Type.Array(BriefTaskSchema, { description: "At the same work, each a task of its own, the oldest first" }),
  ),
  nextAttempt: Type.Optional(BriefTaskSchema),
  others: Type.Optional(Type.Array(BriefTaskSchema, { description: "Of the session that was asked for" })),
  context: Type.Object({
    asked: maybeText,
    phase: Type.String(),
    lastProgress: maybeText,
    nextAction: maybeText,
    quietMs: count,
    artifacts: Type.Array(Type.String()),
    result: maybeText,
    error: maybeText,
    attempts: Type.Array(Type.Object({ attempt: count, status: Type.String() })),
    worker: Type.Object({ sessionKey: maybeText, agentId: maybeText, sessionId: maybeText }),
    requester: Type.Object({ sessionKey: maybeText, route: orNull(RouteSchema) }),
  }),
});

export const TaskPageSchema = Type.Object({
  tasks: Type.Array(ShownTaskSchema),
  next: orNull(Type.String({ description: "Give it as `before` for the next page" })),
});
