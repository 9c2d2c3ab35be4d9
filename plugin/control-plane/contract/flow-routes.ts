import { Type } from "@sinclair/typebox";
import { FLOW_STATUSES, NOTIFY_POLICIES, TASK_RUNTIMES } from "../../../registry-helper/internal.ts";
import { toRoutes } from "./route.ts";
import { DeliverySchema, RouteSchema } from "./run-schemas.ts";
import {
  before,
  entity,
  exactly,
  json,
  limit,
  maybeText,
  maybeTime,
  oneOf,
  optionalText,
  orNull,
  time,
} from "./schema-helpers.ts";

export const FLOW_ACTIONS = [
  "cancel",
  "resume",
  "wait",
  "block",
  "finish",
  "fail",
  "update",
  "output",
  "run-task",
  "retry_delivery",
  "dismiss",
] as const;
export type FlowActionName = (typeof FLOW_ACTIONS)[number];

const FlowSchema = entity("Flow", {
  flowId: Type.String(),
  title: Type.String(),
  goal: maybeText,
  ownerSessionKey: maybeText,
  route: orNull(RouteSchema),
  status: oneOf(FLOW_STATUSES),
  currentStep: maybeText,
  wait: orNull(Type.Object({ kind: Type.String(), since: time })),
  blocked: orNull(Type.Object({ reason: Type.String(), since: time })),
  output: Type.Object({}),
  latestUpdate: maybeText,
  tasks: Type.Array(Type.String()),
  cancel: orNull(Type.Object({ requestedAt: time, by: Type.String(), reason: maybeText })),
  notify: oneOf(NOTIFY_POLICIES),
  revision: Type.Integer(),
  createdAt: time,
  updatedAt: time,
  endedAt: maybeTime,
  result: maybeText,
  error: maybeText,
  delivery: orNull(DeliverySchema),
  update: orNull(DeliverySchema),
});

const FlowDetailSchema = Type.Object({
  flow: FlowSchema,
  view: Type.Object({
    waitingOn: Type.Array(Type.Object({ what: Type.String(), since: maybeTime, over: maybeText })),
    isResumeDue: Type.Boolean(),
    needsSomebody: Type.Boolean(),
    activeTasks: Type.Array(Type.String()),
  }),
  outputs: Type.Array(Type.String()),
  tasks: Type.Array(
    Type.Object({
      taskId: Type.String(),
      status: maybeText,
      phase: maybeText,
      runtime: maybeText,
      what: maybeText,
    }),
  ),
  others: Type.Optional(
    Type.Array(Type.Object({ flowId: Type.String(), status: oneOf(FLOW_STATUSES), title: Type.String() }), {
      description: "Of the session that was asked for, the latest first",
    }),
  ),
});

const FlowChangeSchema = Type.Object({
  ok: Type.Boolean(),
  flowId: Type.String(),
  revision: orNull(Type.Integer()),
  changed: Type.Boolean(),
  flow: orNull(FlowSchema),
});

const step = optionalText("Where it stands from now on", 200);

export const FLOW_ROUTES = toRoutes("Flows", [
  {
    id: "listFlows",
    route: "GET /api/flows",
    summary: "Flows and the flows of runs, the most recently changed first",
    query: Type.Object({
      status: Type.Optional(oneOf(FLOW_STATUSES)),
      owner: Type.Optional(Type.String({ description: "The session that owns it, or its beginning" })),
      before,
      limit,
    }),
    answer: Type.Object({
      flows: Type.Array(FlowSchema),
      unreadable: Type.Array(Type.Object({ flowId: Type.String(), problem: Type.String() })),
      next: maybeText,
    }),
  },
  {
    id: "createFlow",
    route: "POST /api/flows",
    summary: "Begins a flow",
    body: exactly({
      title: Type.String({ minLength: 1, maxLength: 65_536 }),
      goal: optionalText("What is to come of it"),
      owner: optionalText("The session that owns it", 1024),
      deliveryContext: Type.Optional(Type.Object({}, { description: "Where its end is told" })),
      notify: Type.Optional(oneOf(NOTIFY_POLICIES)),
      step,
    }),
    answer: FlowChangeSchema,
    status: 201,
    etag: true,
    writes: true,
    problems: ["argument_missing", "too_large", "idempotency_conflict"],
  },
  {
    id: "getFlow",
    route: "GET /api/flows/{flowId}",
    summary: "One flow: what it is waiting on, its outputs, its tasks",
    params: { flowId: "Its id or the last part of it, `run:<run id>`, or a session that owns it or works for it" },
    answer: FlowDetailSchema,
    etag: true,
    problems: ["flow_not_found", "ambiguous_id", "journal_corrupt"],
  },
  {
    id: "actOnFlow",
    route: "POST /api/flows/{flowId}/actions/{action}",
    summary: "Changes a flow",
    params: { action: FLOW_ACTIONS.join(", ") },
    body: Type.Union([
      exactly({
        reason: optionalText("For cancel, block and dismiss"),
        step,
        task: optionalText("For wait and run-task: a task", 1024),
        event: optionalText("For wait: the name of an event", 200),
        until: optionalText("For wait: 30m, 12h, 7d or an ISO time", 100),
        manual: Type.Optional(Type.Boolean({ description: "For wait: for somebody" })),
        note: optionalText("For wait: what is waited for, in words"),
        result: optionalText("For finish"),
        error: optionalText("For fail"),
        update: optionalText("For update"),
        name: optionalText("For output", 128),
        value: Type.Optional(json),
        append: Type.Optional(Type.Boolean({ description: "For output: behind what is there" })),
        runId: optionalText("For run-task: the host's id of it", 1024),
        childSessionKey: optionalText("For run-task", 1024),
        runtime: Type.Optional(oneOf(TASK_RUNTIMES, "For run-task")),
        label: optionalText("For run-task", 200),
        text: optionalText("For run-task: what is to be done"),
        started: Type.Optional(Type.Boolean({ description: "For run-task: it has begun" })),
      }),
      Type.Null(),
    ]),
    answer: Type.Object({ ok: Type.Boolean(), flowId: Type.String() }),
    etag: true,
    writes: true,
    ifMatch: "flow",
    problems: ["flow_not_found", "ambiguous_id", "flow_over", "flow_cancelling", "illegal_transition"],
  },
]);
