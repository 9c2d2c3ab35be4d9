import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import {
  countStatuses,
  type NodeStatus,
  type RunDocument,
  type RunNode,
  TERMINAL_NODE_STATUSES,
  TERMINAL_RUN_STATUSES,
} from "../../model/run-documents.ts";
import { parseMicros } from "../../model/time.ts";

export interface ValidationFacts {
  /** The documents as they lie on disk. */
  run: RunDocument;
  /** Every line of the journal, parsed. */
  events: readonly JsonObject[];
  /** What is wrong with `control.jsonl`; undefined when it can be read. */
  controlProblem: string | undefined;
  exists: (path: string) => boolean;
  /** The state that the journal tells; undefined when the run is not (only) of our making. */
  fromJournal: RunDocument | undefined;
}

/**
 * Checks a run. The first part is OpenTask's, in its words and order, without its false alarms about nodes
 * that never started (B1); the rest finds what OpenTask overlooks (B12, B13).
 */
export function validateRun(facts: ValidationFacts): { issues: string[]; warnings: string[] } {
  const { run } = facts;
  const issues = [
    ...(facts.controlProblem === undefined ? [] : [`control.jsonl contains invalid JSONL: ${facts.controlProblem}`]),
    ...checkTimes(facts.events),
    ...run.state.nodes.flatMap((node) => checkNode(node, facts)),
    ...checkRunStatus(run),
    ...checkRefs(run, "nodeSessions", "sessionKey", "node session"),
    ...checkRefs(run, "childSessions", "childSessionKey", "child session"),
    ...checkRefs(run, "nodeRunIds", "runId", "node run id"),
  ];
  if (run.state.cronJobId !== run.refs.cronJobId) issues.push("state/refs mismatch for cron job");
  if (facts.fromJournal !== undefined) issues.push(...compareWithJournal(run, facts.fromJournal));
  return { issues, warnings: run.state.nodes.flatMap((node) => unverified(node, facts)) };
}

function checkTimes(events: readonly JsonObject[]): string[] {
  const issues: string[] = [];
  let last: number | undefined;
  for (const event of events) {
    const at = parseMicros(event["timestamp"]);
    if (at === undefined) issues.push(`invalid event timestamp: ${show(event["timestamp"])}`);
    else if (last !== undefined && at < last) issues.push("events.jsonl timestamps are not monotonic");
    last = at ?? last;
  }
  return issues;
}

function show(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

const NEEDS_START: readonly NodeStatus[] = ["running", "waiting", "completed"];
const NEEDS_OWN_EVENT: readonly NodeStatus[] = ["completed", "failed", "waiting", "skipped"];

function checkNode(node: RunNode, facts: ValidationFacts): string[] {
  const issues: string[] = [];
  const { id, status } = node;
  const logged = new Set(facts.events.filter((event) => event["nodeId"] === id).map((event) => event["event"]));
  const handoff = node.workingMemory?.handoff;
  if (handoff && !facts.exists(handoff)) issues.push(`missing handoff file for ${id}: ${handoff}`);
  if (status === "ready" && !logged.has("node.ready"))
    issues.push(`node ${id} is ready in state but missing node.ready`);
  if (NEEDS_START.includes(status) && !logged.has("node.started"))
    issues.push(`node ${id} is ${status} in state but missing node.started`);
  if (NEEDS_OWN_EVENT.includes(status) && !logged.has(`node.${status}`))
    issues.push(`node ${id} is ${status} in state but missing node.${status}`);
  if (logged.has("node.started") && !logged.has("node.ready"))
    issues.push(`node ${id} has node.started without node.ready`);
  if (logged.has("node.completed") && !logged.has("node.started"))
    issues.push(`node ${id} has node.completed without node.started`);
  if (!facts.exists(`nodes/${id}`)) issues.push(`missing folder for ${id}: nodes/${id}`);
  if (status === "completed") {
    const unverifiedPaths = missingAtCompletion(node, facts.events);
    for (const path of node.artifactPaths) {
      if (!facts.exists(path) && !unverifiedPaths.has(path) && wasVerified(node, facts.events)) {
        issues.push(`node ${id} completed with ${path}, which is gone`);
      }
    }
  }
  return issues;
}

function findCompletion(node: RunNode, events: readonly JsonObject[]): JsonObject | undefined {
  return events.findLast((event) => event["nodeId"] === node.id && event["event"] === "node.completed");
}

/** Only our own events say what was there at completion. */
function wasVerified(node: RunNode, events: readonly JsonObject[]): boolean {
  return typeof findCompletion(node, events)?.["seq"] === "number";
}

function missingAtCompletion(node: RunNode, events: readonly JsonObject[]): Set<string> {
  const missing = findCompletion(node, events)?.["missingArtifacts"];
  return new Set(Array.isArray(missing) ? missing.map(String) : []);
}

/** Completed without the files that it declares, and they are still not there. */
function unverified(node: RunNode, facts: ValidationFacts): string[] {
  if (node.status !== "completed") return [];
  const atCompletion = missingAtCompletion(node, facts.events);
  const known = wasVerified(node, facts.events);
  const missing = node.artifactPaths.filter((path) => !facts.exists(path) && (!known || atCompletion.has(path)));
  return missing.length === 0 ? [] : [`node ${node.id} is completed without evidence: ${missing.join(", ")}`];
}

function checkRunStatus({ state }: RunDocument): string[] {
  const issues: string[] = [];
  const allTerminal = state.nodes.every((node) => TERMINAL_NODE_STATUSES.includes(node.status));
  // A failed node that is tried again by itself keeps its run open.
  const isOpen = state.nodes.some((node) => node.retryAt !== undefined);
  if (allTerminal && !isOpen && !TERMINAL_RUN_STATUSES.includes(state.status)) {
    issues.push("run has all terminal nodes but state.status is not terminal");
  }
  if (state.status === "completed" && !allTerminal)
    issues.push("run.state is completed but some nodes are not terminal");
  return issues;
}

type RefsField = "nodeSessions" | "childSessions" | "nodeRunIds";
type NodeField = "sessionKey" | "childSessionKey" | "runId";

function checkRefs(run: RunDocument, refsField: RefsField, nodeField: NodeField, noun: string): string[] {
  const refs: unknown = run.refs[refsField];
  if (!isJsonObject(refs)) return [];
  return Object.entries(refs).flatMap(([id, value]) => {
    const node = run.state.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) return [`refs.${refsField} points to missing node ${id}`];
    return node[nodeField] === value ? [] : [`state/refs mismatch for ${noun} ${id}`];
  });
}

/** What a crash or a race leaves behind: the log says more, or other, than the state (B12). */
function compareWithJournal(run: RunDocument, journal: RunDocument): string[] {
  const issues: string[] = [];
  for (const node of journal.state.nodes) {
    const found = run.state.nodes.find((candidate) => candidate.id === node.id);
    if (found?.status !== node.status)
      issues.push(`node ${node.id} is ${found?.status ?? "missing"} in state but ${node.status} in the journal`);
  }
  if (run.state.status !== journal.state.status)
    issues.push(`run is ${run.state.status} in state but ${journal.state.status} in the journal`);
  return issues;
}

export function summarize(run: RunDocument): {
  runId: string;
  runStatus: string;
  statusCounts: Record<NodeStatus, number>;
} {
  return { runId: run.state.runId, runStatus: run.state.status, statusCounts: countStatuses(run.state.nodes) };
}
