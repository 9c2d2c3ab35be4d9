import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { NodePolicy } from "../../../model/node-policy.ts";
import { normalizeRunPath } from "../../../model/relative-path.ts";
import {
  EMPTY_BINDINGS,
  type RunDocument,
  type RunNode,
  type RunRefs,
  type RunSessions,
} from "../../../model/run-documents.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../../model/workflow-definition.ts";
import { readPolicy } from "../../workflow/node-policy-defaults.ts";
import { getEffectiveDefaults } from "../../workflow/own-fields.ts";
import { fillPlaceholders } from "../../workflow/params.ts";
import { workflowVersion } from "../../workflow/workflow-version.ts";

export interface RunRequest {
  runId: string;
  sourceSessionKey: string;
  sourceAgentId?: string | undefined;
  deliveryContext: Json;
  rootSessionKey?: string | undefined;
  plannerSessionKey?: string | undefined;
  driverSessionKey?: string | undefined;
  /** Values of the workflow's parameters, checked and complete. */
  params?: JsonObject | undefined;
}

/**
 * The run that a definition starts as: nodes without needs are ready, all others pending. Defaults follow
 * OpenTask: root = source, planner = root, driver = root, agent from a key of the form `agent:<id>:...`.
 */
export function planRun(definition: WorkflowDefinition, request: RunRequest, createdAt: string): RunDocument {
  const root = request.rootSessionKey || request.sourceSessionKey;
  const { params } = request;
  const defaults = getEffectiveDefaults(definition);
  const common = {
    sourceSessionKey: request.sourceSessionKey,
    sourceAgentId: request.sourceAgentId || parseAgentId(request.sourceSessionKey),
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
      title: fillPlaceholders(definition.title, params),
      status: "running",
      ...common,
      updatedAt: createdAt,
      createdAt,
      nodes: definition.nodes.map((node) => planNode(node, defaults, params)),
      lastEvent: "run.created",
      lastProgressMessage: null,
      lastProgressMessageAt: null,
      workflowVersion: workflowVersion(definition),
      ...(params === undefined || Object.keys(params).length === 0 ? {} : { params }),
      ...(definition.wake === "off" ? { wake: "off" as const } : {}),
    },
    refs: createRunRefs(request.runId, common),
  };
}

/** The references of a run that nothing has been bound to. */
export function createRunRefs(runId: string, sessions: RunSessions): RunRefs {
  return {
    runId,
    ...sessions,
    ...EMPTY_BINDINGS,
  };
}

function parseAgentId(sessionKey: string): string | null {
  return sessionKey.startsWith("agent:") ? (sessionKey.split(":")[1] ?? null) : null;
}

/** A node as its definition says, before anything has happened to it. */
export function planNode(
  node: WorkflowNode,
  defaults: WorkflowDefinition["defaults"],
  params: JsonObject | undefined,
): RunNode {
  const needs = node.needs ?? [];
  const policy = readPolicy(node, defaults);
  const startsReady = needs.length === 0 && policy?.when === undefined;
  return {
    id: node.id,
    title: fillPlaceholders(node.title, params),
    kind: node.kind,
    needs,
    outputsMode: node.outputs.mode,
    artifactPaths: listArtifactPaths(node),
    waitFor: fillWaitFor(node.waitFor ?? null, params),
    workingMemory: planWorkingMemory(node),
    status: startsReady ? "ready" : "pending",
    sessionKey: null,
    childSessionKey: null,
    runId: null,
    notes: [],
    startedAt: null,
    completedAt: null,
    ...(policy === undefined ? {} : { policy: withQuestion(policy, params) }),
  };
}

function fillWaitFor(waitFor: Json, params: JsonObject | undefined): Json {
  if (params === undefined || !isJsonObject(waitFor)) return waitFor;
  const fill = (value: Json): Json => (typeof value === "string" ? fillPlaceholders(value, params) : value);
  return Object.fromEntries(Object.entries(waitFor).map(([key, value]) => [key, fill(value)]));
}

function withQuestion(policy: NodePolicy, params: JsonObject | undefined): NodePolicy {
  const { approval } = policy;
  if (approval?.question === undefined) return policy;
  return { ...policy, approval: { ...approval, question: fillPlaceholders(approval.question, params) } };
}

function listArtifactPaths(node: WorkflowNode): string[] {
  const declared = node.artifactPaths?.length ? node.artifactPaths : (node.outputs.requiredFiles ?? []);
  if (declared.length === 0 && node.outputs.mode === "report") return [`nodes/${node.id}/report.md`];
  return declared.map(normalizeRunPath);
}

function planWorkingMemory(node: WorkflowNode): RunNode["workingMemory"] {
  if (node.kind === "wait" || node.kind === "approval") return null;
  const file = (name: string): string => `nodes/${node.id}/${name}.md`;
  const memory = { plan: file("plan"), findings: file("findings"), progress: file("progress") };
  return node.kind === "subagent" ? { ...memory, handoff: file("handoff") } : memory;
}
