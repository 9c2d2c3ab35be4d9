import {
  exactDigits,
  isJsonObject,
  type Json,
  parseWaitTarget,
  type RunNode,
  type RunState,
} from "../../../registry-helper/internal.ts";

/** A run as OpenTask's API has it: its keys and no other, and none that is null. */
export function openTaskRun(state: RunState): Record<string, unknown> {
  return withoutNulls({
    runId: state.runId,
    workflowId: state.workflowId,
    title: state.title,
    status: state.status,
    sourceSessionKey: state.sourceSessionKey,
    sourceAgentId: state.sourceAgentId,
    deliveryContext: openTaskContext(state.deliveryContext),
    rootSessionKey: state.rootSessionKey,
    plannerSessionKey: state.plannerSessionKey,
    driverSessionKey: state.driverSessionKey,
    cronJobId: state.cronJobId,
    updatedAt: state.updatedAt,
    createdAt: state.createdAt,
    nodes: state.nodes.map(openTaskNode),
    lastEvent: state.lastEvent,
    lastProgressMessage: state.lastProgressMessage,
    lastProgressMessageAt: state.lastProgressMessageAt,
  });
}

function openTaskNode(node: RunNode): Record<string, unknown> {
  return withoutNulls({
    id: node.id,
    title: node.title,
    kind: node.kind,
    status: node.status,
    needs: node.needs,
    outputsMode: node.outputsMode,
    sessionKey: node.sessionKey,
    childSessionKey: node.childSessionKey,
    runId: node.runId,
    artifactPaths: node.artifactPaths,
    workingMemory: node.workingMemory === null ? null : withoutNulls(node.workingMemory),
    notes: node.notes.map((note) => (typeof note === "string" ? note : JSON.stringify(note))),
    startedAt: node.startedAt,
    completedAt: node.completedAt,
    waitFor: openTaskWait(node),
  });
}

function openTaskWait(node: RunNode): Record<string, unknown> | null {
  if (node.waitFor === null || node.waitFor === undefined) return null;
  const target = parseWaitTarget(node);
  return target.type === "file_exists" ? { type: target.type, path: target.path } : { type: target.type };
}

/** Four texts; a thread's number becomes a text, and keys of others are left out. */
function openTaskContext(context: Json): Record<string, unknown> | null {
  if (!isJsonObject(context)) return null;
  const texts = ["channel", "to", "accountId", "threadId"].flatMap((name): [string, string][] => {
    const value = context[name];
    const digits = exactDigits(value) ?? (typeof value === "number" ? String(value) : undefined);
    const text = digits ?? (typeof value === "string" ? value : undefined);
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(texts);
}

export function withoutNulls(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
