import { insideRun } from "../model/run-paths.ts";
import type { Json } from "../model/json.ts";
import type { RunDocument, RunNode } from "../model/run-documents.ts";
import type { WorkflowDefinition, WorkflowNode } from "../model/workflow-schema.ts";

export interface RunRequest {
  runId: string;
  sourceSessionKey: string;
  sourceAgentId?: string | undefined;
  deliveryContext: Json;
  rootSessionKey?: string | undefined;
  plannerSessionKey?: string | undefined;
  driverSessionKey?: string | undefined;
}

/**
 * The run that a definition starts as: nodes without needs are ready, all others pending. Defaults follow
 * OpenTask: root = source, planner = root, driver = root, agent from a key of the form `agent:<id>:...`.
 */
export function planRun(definition: WorkflowDefinition, request: RunRequest, createdAt: string): RunDocument {
  const root = request.rootSessionKey || request.sourceSessionKey;
  const common = {
    sourceSessionKey: request.sourceSessionKey,
    sourceAgentId: request.sourceAgentId || agentOf(request.sourceSessionKey),
    deliveryContext: request.deliveryContext,
    rootSessionKey: root,
    plannerSessionKey: request.plannerSessionKey || root,
    driverSessionKey: request.driverSessionKey || root,
    cronJobId: null,
  };
  return {
    state: {
      runId: request.runId,
      workflowId: definition.workflowId,
      title: definition.title,
      status: "running",
      ...common,
      updatedAt: createdAt,
      createdAt,
      nodes: definition.nodes.map(planNode),
      lastEvent: "run.created",
      lastProgressMessage: null,
      lastProgressMessageAt: null,
    },
    refs: {
      runId: request.runId,
      ...common,
      driverRunId: null,
      driverRequestedEventCount: 0,
      driverRequestedActivityCount: 0,
      nodeSessions: {},
      childSessions: {},
      nodeRunIds: {},
      appliedControlIds: [],
      lastProgressEventCount: 0,
    },
  };
}

function agentOf(sessionKey: string): string | null {
  return sessionKey.startsWith("agent:") ? (sessionKey.split(":")[1] ?? null) : null;
}

function planNode(node: WorkflowNode): RunNode {
  const needs = node.needs ?? [];
  return {
    id: node.id,
    title: node.title,
    kind: node.kind,
    needs,
    outputsMode: node.outputs.mode,
    artifactPaths: artifactPathsOf(node),
    waitFor: node.waitFor ?? null,
    workingMemory: workingMemoryOf(node),
    status: needs.length === 0 ? "ready" : "pending",
    sessionKey: null,
    childSessionKey: null,
    runId: null,
    notes: [],
    startedAt: null,
    completedAt: null,
  };
}

function artifactPathsOf(node: WorkflowNode): string[] {
  const declared = node.artifactPaths?.length ? node.artifactPaths : (node.outputs.requiredFiles ?? []);
  if (declared.length === 0 && node.outputs.mode === "report") return [`nodes/${node.id}/report.md`];
  return declared.map(insideRun);
}

function workingMemoryOf(node: WorkflowNode): RunNode["workingMemory"] {
  if (node.kind === "wait" || node.kind === "approval") return null;
  const file = (name: string): string => `nodes/${node.id}/${name}.md`;
  const memory = { plan: file("plan"), findings: file("findings"), progress: file("progress") };
  return node.kind === "subagent" ? { ...memory, handoff: file("handoff") } : memory;
}
