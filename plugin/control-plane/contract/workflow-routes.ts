import { Type } from "@sinclair/typebox";
import { TASK_GROUPINGS } from "../../../registry-helper/internal.ts";
import { toRoutes } from "./route.ts";
import { GraphSchema, RunRowSchema } from "./run-schemas.ts";
import {
  count,
  entity,
  exactly,
  json,
  limit,
  maybeText,
  maybeTime,
  oneOf,
  optionalText,
  orNull,
  since,
} from "./schema-helpers.ts";

const PercentilesSchema = orNull(
  Type.Object({ count, p50: count, p90: count, p99: count }, { description: "Milliseconds" }),
);
const TokensSchema = orNull(Type.Object({ input: count, output: count }));

const VersionStatsSchema = entity("VersionStats", {
  version: maybeText,
  firstAt: maybeTime,
  lastAt: maybeTime,
  runs: count,
  completed: count,
  failed: count,
  cancelled: count,
  open: count,
  completionRate: orNull(Type.Number({ minimum: 0, maximum: 1 })),
  duration: PercentilesSchema,
  retries: count,
  unverified: count,
  bypassed: count,
  tokens: TokensSchema,
  failures: Type.Array(Type.Object({ nodeId: Type.String(), reason: Type.String(), count })),
  nodes: Type.Array(
    Type.Object({
      nodeId: Type.String(),
      attempts: count,
      retries: count,
      unverified: count,
      bypassed: count,
      failures: count,
      duration: PercentilesSchema,
      tokens: TokensSchema,
    }),
  ),
  paths: Type.Array(
    Type.Object({
      path: Type.Array(Type.Object({ nodeId: Type.String(), status: Type.String(), attempts: count })),
      runs: count,
      share: Type.Number({ minimum: 0, maximum: 1 }),
      completed: count,
      failed: count,
      cancelled: count,
      open: count,
      duration: PercentilesSchema,
    }),
    { description: "The ways that its runs took, the most frequent first; forks are left out" },
  ),
});

const TaskGroupStatsSchema = entity("TaskGroupStats", {
  name: maybeText,
  title: maybeText,
  tasks: count,
  open: count,
  succeeded: count,
  failed: count,
  lost: count,
  cancelled: count,
  successRate: orNull(Type.Number({ minimum: 0, maximum: 1 })),
  duration: PercentilesSchema,
  usage: orNull(
    Type.Object({
      tasks: Type.Integer({ minimum: 0, description: "Of how many tasks something is known" }),
      input: count,
      cached: count,
      output: count,
      costUsd: orNull(Type.Number({ minimum: 0 })),
    }),
  ),
});

const WorkflowRowSchema = entity("WorkflowRow", {
  path: maybeText,
  workflowId: maybeText,
  title: maybeText,
  version: orNull(Type.String({ description: "Of the file as it is now" })),
  nodes: count,
  runs: count,
  lastAt: maybeTime,
  problem: orNull(Type.Object({ code: Type.String(), message: Type.String() })),
});

const workflowId = "The id in its front matter";

export const WORKFLOW_ROUTES = toRoutes("Workflows", [
  {
    id: "listWorkflows",
    route: "GET /api/workflows",
    summary: "Every workflow of the registry, and those whose runs are all that is left of them",
    answer: Type.Object({ workflows: Type.Array(WorkflowRowSchema) }),
  },
  {
    id: "getWorkflow",
    route: "GET /api/workflows/{workflowId}",
    summary: "One workflow: what it takes and does, how its versions did, its latest runs",
    params: { workflowId },
    query: Type.Object({ since, limit }),
    answer: Type.Object({
      workflowId: Type.String(),
      path: maybeText,
      version: maybeText,
      definition: orNull(
        Type.Object({
          title: Type.String(),
          params: Type.Object({}),
          nodes: Type.Array(
            Type.Object({
              id: Type.String(),
              title: Type.String(),
              kind: Type.String(),
              needs: Type.Array(Type.String()),
              policy: json,
            }),
          ),
        }),
      ),
      versions: Type.Array(VersionStatsSchema),
      runs: Type.Array(RunRowSchema),
    }),
    problems: ["workflow_not_found"],
  },
  {
    id: "getWorkflowGraph",
    route: "GET /api/workflows/{workflowId}/graph",
    summary: "Its graph as it is written now",
    params: { workflowId },
    answer: GraphSchema,
    problems: ["workflow_not_found", "workflow_invalid"],
  },
  {
    id: "getWorkflowStats",
    route: "GET /api/workflows/{workflowId}/stats",
    summary: "How its runs went, version by version",
    params: { workflowId },
    query: Type.Object({ since }),
    answer: Type.Object({ workflowId: Type.String(), since: maybeTime, versions: Type.Array(VersionStatsSchema) }),
  },
  {
    id: "getTaskStats",
    route: "GET /api/stats",
    summary: "How tasks went and what they cost, by agent, model, job or label",
    query: Type.Object({ by: oneOf(TASK_GROUPINGS), since }),
    answer: Type.Object({ by: Type.String(), since: maybeTime, groups: Type.Array(TaskGroupStatsSchema) }),
  },
  {
    id: "startWorkflowRun",
    route: "POST /api/workflows/{workflowId}/runs",
    summary: "Makes a run of it",
    params: { workflowId },
    body: Type.Union([
      exactly({
        runId: optionalText("Its name; made up without one", 64),
        params: Type.Optional(Type.Object({})),
        sourceSessionKey: optionalText("Who asked; without it a session of the run's own", 1024),
        sourceAgentId: optionalText("The agent that drives it", 200),
        deliveryContext: Type.Optional(Type.Object({}, { description: "Where the result goes" })),
        rootSessionKey: optionalText("", 1024),
      }),
      Type.Null(),
    ]),
    answer: Type.Object({
      runId: Type.String(),
      workflowPath: Type.String(),
      runPath: Type.String(),
      readyNodes: Type.Array(Type.String()),
    }),
    status: 201,
    writes: true,
    problems: ["workflow_not_found", "workflow_invalid", "run_exists", "params_invalid", "idempotency_conflict"],
  },
]);
