import { isJsonObject, type JsonObject, parseJson, RECORD_BOUNDS, toJsonFile } from "../model/json.ts";
import {
  NODE_STATUSES,
  EMPTY_BINDINGS,
  type RunDocument,
  type RunRefs,
  type RunState,
} from "../model/run-documents.ts";
import { SCHEMA_VERSION } from "../model/run-events.ts";
import { runShape } from "../model/run-shapes.ts";

/** The key of ours in `state.json`: which part of the journal the file stands for. */
export interface ProjectionCheckpoint {
  schema: number;
  seq: number;
  bytes: number;
  /** Keyed operations so far; what `keys.idx` must hold. */
  keys: number;
  /** Hash of the last line of that part; not there in files of 0.1.0. */
  last?: string;
}

export function stateFileText(state: RunState, checkpoint: Omit<ProjectionCheckpoint, "schema">): string {
  return toJsonFile({
    ...state,
    clawtask: { schema: SCHEMA_VERSION, ...checkpoint },
  });
}

export function refsFileText(refs: RunRefs): string {
  return toJsonFile(refs);
}

/** `state.json` as found: the run's state, and our mark when the file carries one. Undefined when unreadable. */
export function parseStateFile(
  text: string | undefined,
): { state: JsonObject; checkpoint: ProjectionCheckpoint | undefined } | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { clawtask, ...state } = value;
  return { state, checkpoint: isCheckpoint(clawtask) ? clawtask : undefined };
}

/** A file or line of the registry that holds one JSON object. Undefined when it is none, or beyond all bounds. */
export function parseObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text, RECORD_BOUNDS);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCheckpoint(value: unknown): value is ProjectionCheckpoint {
  if (!isJsonObject(value)) return false;
  const { last = "" } = value;
  const counts = ["schema", "seq", "bytes", "keys"];
  return counts.every((key) => Number.isSafeInteger(value[key])) && typeof last === "string";
}

/**
 * A run that another tool wrote, completed to our shape: OpenTask's server leaves null keys away, its
 * helper writes them. Undefined when it lacks what its own helper needs (state.nodes, status, runId), and when a field
 * has another shape than both tools give it.
 */
export function foreignDocument(state: JsonObject | undefined, refs: JsonObject | undefined): RunDocument | undefined {
  if (state === undefined || refs === undefined) return undefined;
  const { nodes } = state;
  if (!Array.isArray(nodes) || typeof state["runId"] !== "string" || typeof state["status"] !== "string")
    return undefined;
  if (!nodes.every(isNodeLike)) return undefined;
  const found = {
    state: {
      ...withDefaults(state, STATE_DEFAULTS),
      nodes: nodes.map((node) => withDefaults(node as JsonObject, NODE_DEFAULTS)),
    },
    refs: withDefaults(refs, { ...REFS_DEFAULTS, runId: state["runId"] }),
  };
  return runShape(found) === undefined ? (found as unknown as RunDocument) : undefined;
}

const COMMON_DEFAULTS = {
  sourceSessionKey: null,
  sourceAgentId: null,
  deliveryContext: null,
  rootSessionKey: null,
  plannerSessionKey: null,
  driverSessionKey: null,
  cronJobId: null,
};
const STATE_DEFAULTS = {
  ...COMMON_DEFAULTS,
  workflowId: "",
  title: "",
  updatedAt: "",
  createdAt: "",
  lastEvent: "",
  lastProgressMessage: null,
  lastProgressMessageAt: null,
};
const REFS_DEFAULTS = {
  ...COMMON_DEFAULTS,
  runId: "",
  ...EMPTY_BINDINGS,
};
const NODE_DEFAULTS = {
  title: "",
  kind: "session_turn",
  outputsMode: "notify",
  artifactPaths: [],
  waitFor: null,
  workingMemory: null,
  sessionKey: null,
  childSessionKey: null,
  runId: null,
  notes: [],
  startedAt: null,
  completedAt: null,
};

function isNodeLike(node: unknown): boolean {
  return (
    isJsonObject(node) &&
    typeof node["id"] === "string" &&
    NODE_STATUSES.some((status) => status === node["status"]) &&
    Array.isArray(node["needs"])
  );
}

/** Keys keep the order of the found object; missing ones follow. What we wrote ourselves misses none. */
function withDefaults(found: JsonObject, defaults: JsonObject): JsonObject {
  let complete = found;
  for (const key in defaults) {
    if (key in found) continue;
    if (complete === found) complete = { ...found };
    complete[key] = defaults[key] ?? null;
  }
  return complete;
}
