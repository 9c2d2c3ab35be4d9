import type { RouteId } from "../contract/routes.ts";
import { listAttentionHandler } from "./attention.ts";
import { auditHandler, maintainHandler } from "./audit.ts";
import { listChanges } from "./changes.ts";
import { createRun, startWorkflowRun } from "./create-run.ts";
import { actOnFlow, createFlowHandler, getFlow, listFlowsHandler } from "./flows.ts";
import { forkRunHandler } from "./fork.ts";
import type { Handler } from "./handler.ts";
import { getHealth } from "./health.ts";
import { getMetrics } from "./metrics.ts";
import { listNodeDocuments } from "./node-documents.ts";
import { getOpenApi } from "./openapi.ts";
import { getRun, listOpenTaskRuns, listRunEvents } from "./opentask-reads.ts";
import { getOverview } from "./overview.ts";
import { actOnRun } from "./run-actions.ts";
import { getRunDetail, getRunGraph, getRunTimeline } from "./run-detail.ts";
import { getRunFile, listRunFiles } from "./run-files.ts";
import { compareRunsHandler, getPastRun, listRunJournal } from "./run-history.ts";
import { listRunsHandler } from "./run-list.ts";
import { getSession } from "./session.ts";
import { getStatus } from "./status.ts";
import { actOnTask } from "./task-actions.ts";
import { getTask, listTaskEvents, listTasksHandler } from "./tasks.ts";
import { getTaskStats, getWorkflow, getWorkflowGraph, getWorkflowStats, listWorkflows } from "./workflows.ts";

/** Who answers each route of the table. */
export const HANDLERS: Readonly<Record<RouteId, Handler>> = {
  getSession,
  getOverview,
  listAttention: listAttentionHandler,
  getStatus,
  listChanges,
  auditLedger: auditHandler,
  maintainLedger: maintainHandler,
  getHealth,
  getOpenApi,
  getMetrics,

  listTasks: listTasksHandler,
  getTask,
  listTaskEvents,
  actOnTask,

  listOpenTaskRuns,
  createRun,
  getRun,
  listRunEvents,
  listNodeDocuments,
  actOnRun,

  listRuns: listRunsHandler,
  getRunDetail,
  getRunGraph,
  getRunTimeline,
  getPastRun,
  listRunJournal,
  listRunFiles,
  getRunFile,
  forkRun: forkRunHandler,
  compareRuns: compareRunsHandler,

  listFlows: listFlowsHandler,
  createFlow: createFlowHandler,
  getFlow,
  actOnFlow,

  listWorkflows,
  getWorkflow,
  getWorkflowGraph,
  getWorkflowStats,
  getTaskStats,
  startWorkflowRun,
};
