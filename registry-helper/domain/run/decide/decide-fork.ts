import type { JsonObject } from "../../../model/json.ts";
import { toComparableName } from "../../../model/relative-path.ts";
import type { NodeAttempt, RunDocument, RunNode, RunState } from "../../../model/run-documents.ts";
import { type RunEventDraft, SCHEMA_VERSION } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { WorkflowDefinition } from "../../../model/workflow-definition.ts";
import { getEffectiveDefaults } from "../../workflow/own-fields.ts";
import { fillPlaceholders } from "../../workflow/params.ts";
import { withBlockedMarks } from "../state/blocked-nodes.ts";
import { isMet } from "../state/conditions.ts";
import { requireNode, hasFailed, isBlocking } from "../state/find-node.ts";
import { EVENT_BY_STATUS } from "../state/node-transitions.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { getDependents, promoteAll } from "../transitions/promote-nodes.ts";
import { resolveRunStatus } from "../transitions/resolve-run-status.ts";
import { createRunRefs, planNode } from "./plan-run.ts";

/** What a fork is to be. */
export interface ForkPlan {
  runId: string;
  /** Where it begins anew. */
  nodeId: string;
  createdAt: string;
  by: string;
  /** Where the new run reports to, when that is not where the old one does. */
  route?: { channel: string; to: string } | undefined;
  /** Set when parameters change: all values, and the definition from which nodes that begin anew are planned again. */
  again?: { params: JsonObject; definition: WorkflowDefinition } | undefined;
}

/**
 * The run that a fork starts as: what was done and does not build on the node is as it was, the node and all that
 * builds on it has not begun. What had not ended begins anew too, and so does what failed in the way of others.
 *
 * @throws ClawTaskError `node_not_found`
 */
export function planFork(source: RunDocument, plan: ForkPlan): RunDocument {
  const { state } = source;
  const { again } = plan;
  requireNode(state, plan.nodeId);
  const params = again?.params ?? state.params;
  const restarted = findNodesToRestart(state, plan.nodeId, params);
  const defaults = again === undefined ? undefined : getEffectiveDefaults(again.definition);
  const definitions = new Map(again?.definition.nodes.map((node) => [node.id, node]));
  const nodes = state.nodes.map((node) => {
    if (!restarted.has(node.id)) return toCarriedNode(node);
    const definition = definitions.get(node.id);
    return definition === undefined
      ? toPendingNode(node)
      : toPendingNode({ ...node, ...planNode(definition, defaults, params), needs: node.needs });
  });
  const { sourceSessionKey, sourceAgentId } = state;
  const deliveryContext = plan.route === undefined ? state.deliveryContext : { ...plan.route };
  const before = state.boundRoute?.before ?? state.deliveryContext;
  const boundRoute = plan.route === undefined ? state.boundRoute : { by: plan.by, at: plan.createdAt, before };
  const { rootSessionKey, plannerSessionKey, driverSessionKey } = state;
  const common = { sourceSessionKey, sourceAgentId, deliveryContext, rootSessionKey };
  const sessions = { ...common, plannerSessionKey, driverSessionKey, cronJobId: null };
  return {
    state: withBlockedMarks({
      runId: plan.runId,
      workflowId: state.workflowId,
      title: again === undefined ? state.title : fillPlaceholders(again.definition.title, params),
      status: "running",
      ...sessions,
      updatedAt: plan.createdAt,
      createdAt: plan.createdAt,
      nodes,
      lastEvent: "run.created",
      lastProgressMessage: null,
      lastProgressMessageAt: null,
      ...(state.workflowVersion === undefined ? {} : { workflowVersion: state.workflowVersion }),
      ...(params === undefined ? {} : { params }),
      ...(state.wake === undefined ? {} : { wake: state.wake }),
      forkedFrom: { runId: state.runId, nodeId: plan.nodeId },
      ...(boundRoute === undefined ? {} : { boundRoute }),
    }),
    refs: createRunRefs(plan.runId, sessions),
  };
}

/** The node, what has not ended well, and everything that builds on one of these. */
function findNodesToRestart(state: RunState, nodeId: string, params: JsonObject | undefined): Set<string> {
  const byId = new Map(state.nodes.map((node) => [node.id, node]));
  const dependents = getDependents(state.nodes);
  const facts = { params, node: (id: string): RunNode | undefined => byId.get(id) };
  const restarted = new Set<string>();
  const open = state.nodes.filter((node) => node.id === nodeId || !isCarried(node, facts)).map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (restarted.has(id)) continue;
    restarted.add(id);
    open.push(...(dependents.get(id) ?? []));
  }
  return restarted;
}

/** Whether a node has come to an end on which a new run can build. */
function isCarried(node: RunNode, facts: Parameters<typeof isMet>[1]): boolean {
  if (node.status === "completed") return true;
  if (hasFailed(node)) return !isBlocking(node);
  if (node.status !== "skipped" || node.reason === "cancelled") return false;
  const when = node.policy?.when;
  return node.reason !== "condition_unmet" || when === undefined || !isMet(when, facts);
}

/** Bindings stay with the run that the work was done for: what the host tells of it later belongs there. */
const UNBOUND = { sessionKey: null, childSessionKey: null, runId: null };

function toCarriedNode(node: RunNode): RunNode {
  const { claim: _claim, asked: _asked, deadlineAt: _deadline, retryAt: _retry, attempts, ...rest } = node;
  const unbound = (attempt: NodeAttempt): NodeAttempt => ({ ...attempt, ...UNBOUND });
  return { ...rest, ...UNBOUND, ...(attempts === undefined ? {} : { attempts: attempts.map(unbound) }) };
}

/** A node before anything has happened to it. Notes were written for whoever works on it, and stay. */
function toPendingNode(node: RunNode): RunNode {
  return {
    id: node.id,
    title: node.title,
    kind: node.kind,
    needs: node.needs,
    outputsMode: node.outputsMode,
    artifactPaths: node.artifactPaths,
    waitFor: node.waitFor,
    workingMemory: node.workingMemory,
    status: "pending",
    ...UNBOUND,
    notes: node.notes,
    startedAt: null,
    completedAt: null,
    ...(node.policy === undefined ? {} : { policy: node.policy }),
    ...(node.prompt === undefined ? {} : { prompt: node.prompt }),
  };
}

/** Nodes of a planned fork whose end was carried over. */
export function listCarriedNodes({ state }: RunDocument): RunNode[] {
  return state.nodes.filter(({ status }) => status !== "pending");
}

/**
 * The events that a forked run begins with. The snapshot says how everything stands; the steps of nodes that were
 * carried over are recorded as implied, since OpenTask's `validate` looks for them in the log.
 *
 * @param files that the run has, relative to its folder, as names are compared
 */
export function decideFork(
  snapshot: RunDocument,
  files: ReadonlySet<string>,
  context: { now: Micros; by: string },
): RunEventDraft[] {
  const { forkedFrom } = snapshot.state;
  const created: RunEventDraft = {
    event: "run.created",
    payload: { forkedFrom: forkedFrom ?? null },
    message: `Forked from ${forkedFrom?.runId ?? ""} at ${forkedFrom?.nodeId ?? ""}.`,
    by: context.by,
    snapshot,
    schema: SCHEMA_VERSION,
  };
  const carried = listCarriedNodes(snapshot).flatMap((node) => impliedSteps(node, files));
  const batch = new EventBatch(snapshot, { now: context.now });
  promoteAll(batch);
  resolveRunStatus(batch);
  return [created, ...carried, ...batch.drafts];
}

function impliedSteps(node: RunNode, files: ReadonlySet<string>): RunEventDraft[] {
  const missing =
    node.status === "completed" ? node.artifactPaths.filter((path) => !files.has(toComparableName(path))) : [];
  const end: RunEventDraft = {
    event: EVENT_BY_STATUS[node.status as keyof typeof EVENT_BY_STATUS],
    nodeId: node.id,
    ...(node.lastMessage === undefined ? {} : { message: node.lastMessage }),
    implied: true,
    ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
  };
  return [
    { event: "node.ready", nodeId: node.id, implied: true },
    { event: "node.started", nodeId: node.id, implied: true },
    end,
  ];
}
