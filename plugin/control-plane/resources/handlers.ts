import { ApiProblem } from "../contract/problem.ts";
import type { RouteId } from "../contract/routes.ts";
import { listAttentionHandler } from "./attention.ts";
import type { Handler } from "./call.ts";
import { getRun, listOpenTaskRuns, listRunEvents } from "./opentask-reads.ts";
import { getOverview } from "./overview.ts";
import { getRunDetail, getRunGraph, getRunTimeline } from "./run-detail.ts";
import { listRunsHandler } from "./run-list.ts";
import { getSession } from "./session.ts";
import { getTask, listTaskEvents, listTasksHandler } from "./tasks.ts";

const comes: Handler = () => {
  throw new ApiProblem("route_not_found", { detail: "not there yet" });
};

/** Who answers each route of the table. */
export const HANDLERS: Readonly<Record<RouteId, Handler>> = {
  getSession,
  getOverview,
  listAttention: listAttentionHandler,
  listTasks: listTasksHandler,
  getTask,
  listTaskEvents,
  listOpenTaskRuns,
  getRun,
  listRunEvents,
  listRuns: listRunsHandler,
  getRunDetail,
  getRunGraph,
  getRunTimeline,
  listChanges: comes,
  auditLedger: comes,
  maintainLedger: comes,
  getHealth: comes,
  getOpenApi: comes,
  getMetrics: comes,
  actOnTask: comes,
  createRun: comes,
  listNodeDocuments: comes,
  actOnRun: comes,
  getPastRun: comes,
  listRunJournal: comes,
  listRunFiles: comes,
  getRunFile: comes,
  forkRun: comes,
  compareRuns: comes,
  listFlows: comes,
  createFlow: comes,
  getFlow: comes,
  actOnFlow: comes,
  listWorkflows: comes,
  getWorkflow: comes,
  getWorkflowGraph: comes,
  getWorkflowStats: comes,
  startWorkflowRun: comes,
};
