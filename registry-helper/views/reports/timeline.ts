import type { RunNode, RunState } from "../../model/run-documents.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";
import { type AttemptSpan, listAttempts, findRunEnd, isCarriedOver, toMs } from "../index/node-attempts.ts";

/** One attempt on the line of time. */
export interface TimelineSpan {
  nodeId: string;
  attempt: number;
  status: string;
  reason: string | null;
  /** When it could have begun: its needs had ended, or the attempt before had. */
  readyAt: string;
  startedAt: string;
  /** Null while it goes on. */
  endedAt: string | null;
  /** From ready to start. */
  waitMs: number;
  /** From start to end, or to now. */
  ms: number;
  isCritical: boolean;
}

export interface Timeline {
  startedAt: string;
  endedAt: string | null;
  ms: number;
  /** In the order in which they began. */
  spans: TimelineSpan[];
  /** The chain of nodes that made the run take as long as it did, first to last. */
  criticalPath: string[];
}

/** When each attempt of a run waited, began and ended. Nodes that were left out or carried over take no time. */
export function buildTimeline(state: RunState, now: Micros): Timeline {
  const worked = state.nodes.filter((node) => node.startedAt !== null || node.attempts !== undefined);
  const own = worked.filter((node) => !isCarriedOver(state, node) && node.status !== "skipped");
  const criticalPath = findCriticalPath(own);
  const critical = new Set(criticalPath);
  const byId = new Map(state.nodes.map((node) => [node.id, node]));
  const nowText = formatMicros(now);
  const spans = own.flatMap((node) => {
    let readyAt = readyTime(node, byId, state.createdAt);
    return listAttempts(node).flatMap((attempt) => {
      if (attempt.startedAt === null) return [];
      const span = buildSpan(attempt, attempt.startedAt, { readyAt, nowText, isCritical: critical.has(node.id) });
      readyAt = attempt.endedAt ?? readyAt;
      return [span];
    });
  });
  spans.sort((one, other) => compare(one.startedAt, other.startedAt) || one.attempt - other.attempt);
  const endedAt = findRunEnd(state);
  return { startedAt: state.createdAt, endedAt, ms: between(state.createdAt, endedAt ?? nowText), spans, criticalPath };
}

function buildSpan(
  attempt: AttemptSpan,
  startedAt: string,
  { readyAt, nowText, isCritical }: { readyAt: string; nowText: string; isCritical: boolean },
): TimelineSpan {
  const { nodeId, status, reason, endedAt } = attempt;
  return {
    nodeId,
    attempt: attempt.attempt,
    status,
    reason,
    readyAt,
    startedAt,
    endedAt,
    waitMs: between(readyAt, startedAt),
    ms: between(startedAt, endedAt ?? nowText),
    isCritical,
  };
}

/** When the last of its needs had ended; the start of the run for one that has none. */
function readyTime(node: RunNode, byId: ReadonlyMap<string, RunNode>, createdAt: string): string {
  const ends = node.needs.flatMap((need) => byId.get(need)?.completedAt ?? []);
  return ends.reduce((last, end) => (end > last ? end : last), createdAt);
}

/** From the node that ended last back over the need that ended last, and so on. */
function findCriticalPath(nodes: readonly RunNode[]): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const latest = (candidates: readonly RunNode[]): RunNode | undefined =>
    candidates.reduce<RunNode | undefined>(
      (last, node) => (last === undefined || endKey(node) > endKey(last) ? node : last),
      undefined,
    );
  const path: string[] = [];
  for (let node = latest(nodes); node !== undefined && !path.includes(node.id);) {
    path.unshift(node.id);
    node = latest(node.needs.flatMap((need) => byId.get(need) ?? []));
  }
  return path;
}

/** What goes on ends after everything that has ended. */
function endKey({ completedAt }: RunNode): string {
  return completedAt ?? "9999";
}

function between(from: string, to: string): number {
  return toMs((parseMicros(to) ?? 0) - (parseMicros(from) ?? 0));
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
