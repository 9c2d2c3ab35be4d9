import { Type } from "@sinclair/typebox";
import {
  BLOCK_REASONS,
  DELIVERY_STATES,
  LISTED_TASK_STATUSES,
  NOTIFY_POLICIES,
  STATABLE_PHASES,
  TASK_PHASES,
  TASK_RUNTIMES,
} from "../../../registry-helper/internal.ts";
import { toRoutes } from "./route.ts";
import { before, limit, since, exactly, oneOf, optionalText, time } from "./schema-helpers.ts";
import { TaskDetailSchema, TaskPageSchema } from "./task-schemas.ts";

export const TASK_ACTIONS = ["cancel", "retry", "dismiss", "notify", "report"] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

export const TASK_ROUTES = toRoutes("Tasks", [
  {
    id: "listTasks",
    route: "GET /api/tasks",
    summary: "Tasks, the newest first; what ended long ago is left out unless it is asked for",
    query: Type.Object({
      status: Type.Optional(oneOf(LISTED_TASK_STATUSES)),
      runtime: Type.Optional(oneOf(TASK_RUNTIMES)),
      phase: Type.Optional(oneOf(TASK_PHASES)),
      delivery: Type.Optional(oneOf(DELIVERY_STATES)),
      block: Type.Optional(oneOf(BLOCK_REASONS)),
      needs: Type.Optional(Type.Boolean({ description: "Only what needs a person" })),
      agent: Type.Optional(Type.String({ description: "The id of the agent that works on it" })),
      label: Type.Optional(Type.String({ description: "Its label, or its beginning" })),
      owner: Type.Optional(Type.String({ description: "The session that asked for it, or its beginning" })),
      flow: Type.Optional(Type.String()),
      run: Type.Optional(Type.String()),
      since,
      search: Type.Optional(Type.String({ description: "Beginnings of words in its texts" })),
      all: Type.Optional(Type.Boolean({ description: "Also what ended long ago" })),
      before,
      limit,
    }),
    answer: TaskPageSchema,
  },
  {
    id: "getTask",
    route: "GET /api/tasks/{taskId}",
    summary: "One task with its relatives and what is needed to take it up again",
    params: { taskId: "Its id or the last part of it, a host run id, or a session that works on it or asked for it" },
    answer: TaskDetailSchema,
    etag: true,
    problems: ["task_not_found", "ambiguous_id"],
  },
  {
    id: "listTaskEvents",
    route: "GET /api/tasks/{taskId}/events",
    summary: "Everything that the ledger's journal has about it, in order",
    answer: Type.Object({
      events: Type.Array(
        Type.Object({ event: Type.String(), timestamp: time, taskId: Type.String(), seq: Type.Integer() }),
      ),
    }),
    problems: ["task_not_found", "ambiguous_id"],
  },
  {
    id: "actOnTask",
    route: "POST /api/tasks/{taskId}/actions/{action}",
    summary: "Asks for it to be stopped, delivers or drops its result, or says more about it",
    params: { action: TASK_ACTIONS.join(", ") },
    body: Type.Union([
      exactly({
        reason: optionalText("For cancel and dismiss"),
        policy: Type.Optional(oneOf(NOTIFY_POLICIES, "For notify")),
        phase: Type.Optional(oneOf(STATABLE_PHASES, "For report")),
        block: Type.Optional(oneOf([...BLOCK_REASONS, "none"], "For report")),
        update: optionalText("For report: what it is at, in one line"),
        next: optionalText("For report: what should be done next"),
        artifacts: Type.Optional(Type.Array(Type.String(), { maxItems: 50, description: "For report" })),
        waitMs: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 25_000,
            description: "For cancel: how long to wait for what comes of it",
          }),
        ),
      }),
      Type.Null(),
    ]),
    answer: Type.Object({ ok: Type.Boolean(), taskId: Type.String() }),
    writes: true,
    ifMatch: "task",
    problems: ["task_not_found", "ambiguous_id", "task_over", "task_not_over", "not_deliverable"],
  },
]);
