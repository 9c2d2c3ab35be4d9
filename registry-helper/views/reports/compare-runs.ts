import { formatBypass } from "../../domain/run/state/approval-outcome.ts";
import { isUnverified } from "../../domain/run/state/run-caveats.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Evidence, RunNode, RunState } from "../../model/run-documents.ts";
import { listRunAttempts, listAttempts, findRunEnd, isCarriedOver, lengthMs } from "../index/node-attempts.ts";

/** What a comparison says of one run. */
export interface RunSide {
  runId: string;
  workflowId: string;
  workflowVersion: string | null;
  status: string;
  createdAt: string;
  endedAt: string | null;
  /** From creation to the end of the last node; null while it goes on. */
  ms: number | null;
  attempts: number;
  /** Completed nodes in the order in which they were. */
  path: string[];
  skipped: string[];
}

/** What it says of one node in one run. */
export interface NodeSide {
  status: string;
  reason: string | null;
  attempts: number;
  /** Of all attempts together; null when none has begun and ended in this run. */
  ms: number | null;
  answer: { choice: string; words: string | null; data?: Json } | null;
  /** Of an approval that nobody answered: who ended it. */
  bypassed: string | null;
  /** Declared files that were not there when it completed. */
  missingArtifacts: string[];
  output: JsonObject | null;
  evidence: Evidence[];
  message: string | null;
  isCarriedOver: boolean;
}

export const NODE_ASPECTS = [
  "missing",
  "status",
  "reason",
  "answer",
  "bypassed",
  "output",
  "evidence",
  "attempts",
] as const;
export type NodeAspect = (typeof NODE_ASPECTS)[number];

export interface NodeComparison {
  nodeId: string;
  /** In what the two differ, what weighs most first. Durations always do, so they are not among them. */
  differs: NodeAspect[];
  a: NodeSide | null;
  b: NodeSide | null;
}

export interface RunComparison {
  a: RunSide;
  b: RunSide;
  isSameVersion: boolean;
  /** Parameters whose values differ. */
  params: { name: string; a: Json; b: Json }[];
  /** Nodes that differ first, each part in the order of the workflow. */
  nodes: NodeComparison[];
}

/** Two runs, node by node. */
export function compareRuns(a: RunState, b: RunState): RunComparison {
  const ids = [...new Set([...a.nodes, ...b.nodes].map(({ id }) => id))];
  const nodes = ids.map((nodeId) => compareNodes(nodeId, findNodeSide(a, nodeId), findNodeSide(b, nodeId)));
  return {
    a: toRunSide(a),
    b: toRunSide(b),
    isSameVersion: a.workflowVersion === b.workflowVersion && a.workflowId === b.workflowId,
    params: differingParams(a.params ?? {}, b.params ?? {}),
    nodes: [
      ...nodes.filter(({ differs }) => differs.length > 0),
      ...nodes.filter(({ differs }) => differs.length === 0),
    ],
  };
}

function toRunSide(state: RunState): RunSide {
  const done = state.nodes.filter(({ status }) => status === "completed");
  const byEnd = [...done].sort((one, other) => ((one.completedAt ?? "") < (other.completedAt ?? "") ? -1 : 1));
  const endedAt = findRunEnd(state);
  return {
    runId: state.runId,
    workflowId: state.workflowId,
    workflowVersion: state.workflowVersion ?? null,
    status: state.status,
    createdAt: state.createdAt,
    endedAt,
    ms: lengthMs(state.createdAt, endedAt),
    attempts: listRunAttempts(state).filter(({ startedAt }) => startedAt !== null).length,
    path: byEnd.map(({ id }) => id),
    skipped: state.nodes.filter(({ status }) => status === "skipped").map(({ id }) => id),
  };
}

function differingParams(a: JsonObject, b: JsonObject): RunComparison["params"] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.map((name) => ({ name, a: a[name] ?? null, b: b[name] ?? null })).filter((one) => !isSame(one.a, one.b));
}

function findNodeSide(state: RunState, nodeId: string): NodeSide | null {
  const node = state.nodes.find(({ id }) => id === nodeId);
  return node === undefined ? null : toNodeSide(node, isCarriedOver(state, node));
}

function toNodeSide(node: RunNode, isCarried: boolean): NodeSide {
  const attempts = listAttempts(node);
  const lengths = attempts.flatMap(({ startedAt, endedAt }) => lengthMs(startedAt, endedAt) ?? []);
  const { answer } = node;
  return {
    status: node.status,
    reason: node.reason ?? null,
    attempts: attempts.filter(({ startedAt }) => startedAt !== null).length,
    ms: lengths.length === 0 || isCarried ? null : lengths.reduce((sum, ms) => sum + ms, 0),
    answer:
      answer === undefined
        ? null
        : { choice: answer.choice, words: answer.words, ...(answer.data === undefined ? {} : { data: answer.data }) },
    bypassed: formatBypass(node) ?? null,
    missingArtifacts: isUnverified(node) ? (node.missingArtifacts ?? []) : [],
    output: node.output ?? null,
    evidence: node.evidence ?? [],
    message: node.lastMessage ?? null,
    isCarriedOver: isCarried,
  };
}

function compareNodes(nodeId: string, a: NodeSide | null, b: NodeSide | null): NodeComparison {
  if (a === null || b === null) return { nodeId, differs: ["missing"], a, b };
  const hashes = ({ evidence }: NodeSide): unknown =>
    [...evidence]
      .sort((one, other) => (one.path < other.path ? -1 : 1))
      .map(({ path, size, sha256 }) => [path, size, sha256]);
  const differs: [NodeAspect, boolean][] = [
    ["status", a.status !== b.status],
    ["reason", a.reason !== b.reason],
    ["answer", !isSame(a.answer, b.answer)],
    ["bypassed", (a.bypassed === null) !== (b.bypassed === null)],
    ["output", !isSame(a.output, b.output)],
    ["evidence", !isSame(hashes(a), hashes(b)) || !isSame(a.missingArtifacts, b.missingArtifacts)],
    ["attempts", a.attempts !== b.attempts],
  ];
  return { nodeId, differs: differs.flatMap(([aspect, does]) => (does ? [aspect] : [])), a, b };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Order of keys is no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
