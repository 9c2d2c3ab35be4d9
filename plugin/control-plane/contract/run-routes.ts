import { Type } from "@sinclair/typebox";
import { CONTROL_ACTIONS, RUN_STATUSES } from "../../../registry-helper/internal.ts";
import { AttentionItemSchema } from "./attention-schemas.ts";
import { toRoutes } from "./route.ts";
import * as schemas from "./run-schemas.ts";
import {
  before,
  limit,
  since,
  exactly,
  count,
  json,
  maybeText,
  oneOf,
  optionalText,
  orNull,
} from "./schema-helpers.ts";
import { TaskRowSchema } from "./task-schemas.ts";

/** Everything that can be done to a run: the controls, the archive, and what is to become of its result. */
export const RUN_ACTIONS = [...CONTROL_ACTIONS, "archive", "unarchive", "retry_delivery", "dismiss"] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

const CreateRunSchema = exactly({
  workflowPath: optionalText("A workflow of the registry, such as workflows/report.task.md"),
  workflowMarkdown: optionalText("A whole workflow; it is checked and written into the registry", 4 * 1024 * 1024),
  taskText: optionalText("What is to be done, in words: a workflow of one node is made of it"),
  title: optionalText("For taskText", 500),
  sourceSessionKey: optionalText("Who asked; without it a session of the run's own", 1024),
  sourceAgentId: optionalText("The agent that drives it", 200),
  deliveryContext: Type.Optional(Type.Object({}, { description: "Where the result goes" })),
  rootSessionKey: optionalText("", 1024),
  action: Type.Optional(Type.Unknown({ description: "Not looked at: OpenTask's web UI sends it" })),
});

const RunActionSchema = Type.Union([
  exactly({
    nodeId: optionalText("For retry, skip, approve, reject, rewire_node; may be given for note", 200),
    message: optionalText("Words; what is sent, for send_message"),
    patch: Type.Optional(json),
    choice: optionalText("For approve and reject: one of the question's choices", 1000),
    data: Type.Optional(json),
    node: Type.Optional(Type.Object({}, { description: "For add_node" })),
    neededBy: Type.Optional(Type.Array(Type.String(), { description: "For add_node: who needs it from now on" })),
    needs: Type.Optional(Type.Array(Type.String(), { description: "For rewire_node" })),
    action: Type.Optional(Type.Unknown({ description: "Not looked at: OpenTask's web UI sends it" })),
  }),
  Type.Null(),
]);

export const OPENTASK_ROUTES = toRoutes("OpenTask", [
  {
    id: "listOpenTaskRuns",
    route: "GET /api/runs",
    summary:
      "All runs with their nodes, the most recently changed first; what is archived or cannot be read is left out",
    answer: Type.Array(schemas.OpenTaskRunSchema),
    openTask: true,
  },
  {
    id: "createRun",
    route: "POST /api/runs",
    summary: "Makes a run from a workflow of the registry, from the text of one, or from a task in words",
    body: CreateRunSchema,
    answer: schemas.OpenTaskRunSchema,
    openTask: true,
    writes: true,
    problems: ["workflow_not_found", "workflow_invalid", "run_exists", "idempotency_conflict"],
  },
  {
    id: "getRun",
    route: "GET /api/runs/{runId}",
    summary: "One run with its nodes",
    answer: schemas.OpenTaskRunSchema,
    openTask: true,
    etag: true,
    problems: ["run_not_found"],
  },
  {
    id: "listRunEvents",
    route: "GET /api/runs/{runId}/events",
    summary: "All events of a run, the oldest first; a run that is not there has none",
    answer: Type.Array(schemas.OpenTaskEventSchema),
    openTask: true,
  },
  {
    id: "listNodeDocuments",
    route: "GET /api/runs/{runId}/nodes/{nodeId}/documents",
    summary: "The texts that a node has left behind, each up to 12,000 characters",
    answer: Type.Array(schemas.NodeDocumentSchema),
    openTask: true,
    problems: ["run_not_found", "node_not_found", "invalid_path", "invalid_json"],
  },
  {
    id: "actOnRun",
    route: "POST /api/runs/{runId}/actions/{action}",
    summary: "Controls a run; the answer is the run after it",
    params: { action: RUN_ACTIONS.join(", ") },
    body: RunActionSchema,
    answer: schemas.OpenTaskRunSchema,
    openTask: true,
    etag: true,
    writes: true,
    ifMatch: "run",
    problems: [
      "run_not_found",
      "control_unknown",
      "argument_missing",
      "node_not_found",
      "not_waiting",
      "answer_invalid",
    ],
  },
  {
    id: "streamRun",
    route: "GET /api/runs/{runId}/stream",
    summary: "WebSocket: the run at once, then after every change",
    answer: { mediaType: "application/json" },
    status: 101,
    external: true,
  },
]);

export const RUN_ROUTES = toRoutes("Runs", [
  {
    id: "listRuns",
    route: "GET /api/run-list",
    summary: "Runs as rows, the most recently changed first; one that cannot be read says why in `problem`",
    query: Type.Object({
      status: Type.Optional(oneOf([...RUN_STATUSES, "unreadable"])),
      workflow: Type.Optional(Type.String()),
      session: Type.Optional(Type.String({ description: "The session that asked for it or drives it" })),
      since,
      search: Type.Optional(Type.String({ description: "Beginnings of words in id, title and workflow" })),
      archived: Type.Optional(Type.Boolean({ description: "Those in the archive as well" })),
      before,
      limit,
    }),
    answer: Type.Object({ runs: Type.Array(schemas.RunRowSchema), next: maybeText }),
  },
  {
    id: "getRunDetail",
    route: "GET /api/runs/{runId}/detail",
    summary: "A run, whole: its state, what can be done next, its questions, its tasks and its files",
    answer: Type.Object({
      state: schemas.RunStateSchema,
      refs: Type.Object({ runId: Type.String() }),
      seq: Type.Integer({ description: "Position in its journal; the ETag" }),
      steps: Type.Array(schemas.NextStepSchema),
      wake: orNull(Type.Object({ at: Type.String(), why: Type.String() })),
      attention: Type.Array(AttentionItemSchema),
      questions: Type.Array(schemas.QuestionSchema),
      remarks: Type.Array(schemas.RemarkSchema),
      tasks: Type.Array(TaskRowSchema),
      flow: maybeText,
      artifacts: Type.Array(schemas.ArtifactSchema),
      workflow: Type.Object({ id: Type.String(), version: maybeText, currentVersion: maybeText }),
    }),
    etag: true,
    problems: ["run_not_found", "journal_corrupt"],
  },
  {
    id: "getRunGraph",
    route: "GET /api/runs/{runId}/graph",
    summary: "Its graph as the workflow was written and as the run has it",
    answer: schemas.RunGraphSchema,
    problems: ["run_not_found"],
  },
  {
    id: "getRunTimeline",
    route: "GET /api/runs/{runId}/timeline",
    summary: "When each attempt waited, began and ended, and what made the run take as long as it did",
    answer: schemas.TimelineSchema,
    problems: ["run_not_found"],
  },
  {
    id: "getPastRun",
    route: "GET /api/runs/{runId}/at",
    summary: "The run as it was at a position of its journal or at a time",
    query: Type.Object({
      seq: Type.Optional(Type.Integer({ minimum: 0 })),
      time: Type.Optional(Type.String({ description: "ISO time, or so long ago: 30m, 12h, 7d" })),
    }),
    answer: Type.Object({ seq: count, state: schemas.RunStateSchema, lastSeq: count }),
    problems: ["run_not_found", "query_invalid"],
  },
  {
    id: "listRunJournal",
    route: "GET /api/runs/{runId}/journal",
    summary: "Its journal, page by page, the oldest first",
    query: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })), limit }),
    answer: Type.Object({
      events: Type.Array(schemas.JournalEventSchema),
      next: orNull(Type.Integer({ description: "Give it as `after` for the next page" })),
      lastSeq: count,
    }),
    problems: ["run_not_found"],
  },
  {
    id: "listRunFiles",
    route: "GET /api/runs/{runId}/file-list",
    summary: "Every file that its nodes have in its folder",
    answer: Type.Object({
      files: Type.Array(Type.Object({ path: Type.String(), size: count })),
      truncated: Type.Boolean(),
    }),
    problems: ["run_not_found"],
  },
  {
    id: "getRunFile",
    route: "GET /api/runs/{runId}/files",
    summary: "One text file of a run, up to 256 KiB",
    query: Type.Object({ path: Type.String({ minLength: 1, maxLength: 4096, description: "Inside the run" }) }),
    answer: Type.Object({
      path: Type.String(),
      label: oneOf(schemas.DOCUMENT_LABELS),
      format: oneOf(schemas.DOCUMENT_FORMATS),
      content: Type.String(),
      truncated: Type.Boolean(),
      size: count,
    }),
    problems: ["run_not_found", "invalid_path", "file_not_found", "file_not_text"],
  },
  {
    id: "forkRun",
    route: "POST /api/runs/{runId}/fork",
    summary: "A new run that begins anew at a node of this one and carries over what was done before it",
    body: exactly({
      from: Type.String({ minLength: 1, maxLength: 200, description: "The node from which it begins anew" }),
      runId: optionalText("The new run's name; made from the old one's without it", 64),
      params: Type.Optional(Type.Object({}, { description: "Parameters that are to be different" })),
    }),
    answer: Type.Object({
      runId: Type.String(),
      runPath: Type.String(),
      forkedFrom: Type.Object({ runId: Type.String(), nodeId: Type.String() }),
      carried: Type.Array(Type.String()),
      readyNodes: Type.Array(Type.String()),
    }),
    status: 201,
    writes: true,
    problems: ["run_not_found", "node_not_found", "run_exists", "params_invalid", "idempotency_conflict"],
  },
  {
    id: "compareRuns",
    route: "GET /api/compare",
    summary: "Two runs, node by node, what differs first",
    query: Type.Object({ a: Type.String({ minLength: 1 }), b: Type.String({ minLength: 1 }) }),
    answer: schemas.ComparisonSchema,
    problems: ["run_not_found"],
  },
]);
