import { join } from "node:path";
import { deriveRunPhase, type RunPhase } from "../../domain/run/phase.ts";
import { listBypassed } from "../../domain/run/state/approval-outcome.ts";
import { listUnverified } from "../../domain/run/state/run-caveats.ts";
import type { DeliveryRecord } from "../../model/delivery-record.ts";
import { type RunState, SATISFYING_STATUSES } from "../../model/run-documents.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { findStray, runFolderNames } from "../../storage/run-folders.ts";
import { storageError, unreadableError } from "../../storage/storage-errors.ts";
import { findRunEnd } from "./node-attempts.ts";

/** One run as lists show it. */
export interface RunRow {
  runId: string;
  status: string;
  /** Where it stands, in one word: waiting for whom, blocked, running; `unreadable` when it cannot be read. */
  phase: RunPhase | "unreadable";
  workflowId: string | null;
  title: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  /** Nodes that are completed or skipped. */
  done: number;
  total: number;
  /** Why the run cannot go on or cannot be read; null when all is well. */
  problem: string | null;
  delivery: DeliveryRecord | null;
  /** Which content of the workflow it was made from. */
  workflowVersion: string | null;
  archivedAt: string | null;
  /** When its last node ended; null while it goes on. */
  endedAt: string | null;
  /** The run that it was forked from. */
  forkedFrom: string | null;
  /** Nodes that completed without all of their files. */
  unverified: number;
  /** Approvals that are over and that nobody answered in time or at all. */
  bypassed: number;
}

export interface RunFilter {
  status?: string | undefined;
  workflowId?: string | undefined;
  /** The session that asked for it or drives it, by its whole key. */
  session?: string | undefined;
  /** Changed since then, in the words of `time.ts`. */
  since?: string | undefined;
  /** Beginnings of words in name, title and workflow. */
  search?: string | undefined;
  /** Leaves runs in the archive out. */
  withoutArchived?: boolean | undefined;
  /** Only runs that come after this one in the list: the next page. */
  before?: Pick<RunRow, "runId" | "updatedAt"> | undefined;
  limit: number;
}

/** Reads one run for a list. A run that cannot be read is a row too: it must not hide the others. */
export function readRunRow(
  registry: Registry,
  runId: string,
): { row: RunRow; state: RunState | undefined; seq: number } {
  try {
    const { run, seq } = loadRun(registry, runId);
    const { state } = run;
    const row: RunRow = {
      runId,
      status: state.status,
      phase: deriveRunPhase(state).phase,
      workflowId: state.workflowId,
      title: state.title,
      createdAt: state.createdAt,
      updatedAt: state.updatedAt,
      done: state.nodes.filter((node) => SATISFYING_STATUSES.includes(node.status)).length,
      total: state.nodes.length,
      problem: state.blockedBy === undefined ? null : `blocked: ${state.blockedBy.join(", ")} failed`,
      delivery: state.delivery ?? null,
      workflowVersion: state.workflowVersion ?? null,
      archivedAt: state.archivedAt ?? null,
      endedAt: findRunEnd(state),
      forkedFrom: state.forkedFrom?.runId ?? null,
      unverified: listUnverified(state.nodes).length,
      bypassed: listBypassed(state.nodes).length,
    };
    return { row, state, seq };
  } catch (thrown) {
    return { row: unreadableRow(runId, thrown), state: undefined, seq: 0 };
  }
}

/** The row of a run that cannot be read. */
export function unreadableRow(runId: string, thrown: unknown): RunRow {
  const { code, message } = unreadableError(thrown, `run ${runId}`);
  return {
    runId,
    status: "unreadable",
    phase: "unreadable",
    unverified: 0,
    bypassed: 0,
    workflowId: null,
    title: null,
    createdAt: null,
    updatedAt: null,
    done: 0,
    total: 0,
    delivery: null,
    workflowVersion: null,
    archivedAt: null,
    endedAt: null,
    forkedFrom: null,
    problem: `${code}: ${message}`,
  };
}

/**
 * The runs of a registry, by name: folders under `runs/` that hold the run that they are named after.
 *
 * @throws ClawTaskError what the disk says, unless `runs` is not there
 */
export function runIds(registry: Registry): string[] {
  const known = knownRuns(registry.root);
  const names = listRunFolders(registry);
  const present = new Set(names);
  for (const name of known) if (!present.has(name)) known.delete(name);
  return names.filter((name) => {
    if (known.has(name)) return true;
    if (findStray(registry, name) !== undefined) return false;
    known.add(name);
    return true;
  });
}

/** The folders in which runs may be, unread: for whoever reads each of them, or knows it already. */
export function listRunFolders(registry: Registry): string[] {
  try {
    return runFolderNames(registry);
  } catch (error) {
    throw storageError(error, join(registry.root, "runs"));
  }
}

/** Folders that were found to be runs, by registry: a gateway looks at all of them every second. */
const KNOWN = new Map<string, Set<string>>();

function knownRuns(root: string): Set<string> {
  const known = KNOWN.get(root) ?? new Set<string>();
  KNOWN.set(root, known);
  return known;
}

/** Whether a run is one of those that a search is for. */
export function isSearched(row: RunRow, search: string | undefined): boolean {
  return search === undefined || matchesWords(`${row.runId} ${row.title ?? ""} ${row.workflowId ?? ""}`, search);
}

/** Whether a session asked for a run or drives it. */
export function isOfSession({ sourceSessionKey, rootSessionKey }: RunState, session: string): boolean {
  return sourceSessionKey === session || rootSessionKey === session;
}

/** `listRuns` without an index, for a Node that has no SQLite: reads every run. */
export function listRunsFromFiles(registry: Registry, filter: RunFilter): RunRow[] {
  const { status, workflowId, session, since, withoutArchived } = filter;
  return runIds(registry)
    .map((runId) => readRunRow(registry, runId))
    .filter(({ state }) => session === undefined || (state !== undefined && isOfSession(state, session)))
    .map(({ row }) => row)
    .filter((row) => status === undefined || row.status === status)
    .filter((row) => workflowId === undefined || row.workflowId === workflowId)
    .filter((row) => since === undefined || (row.updatedAt ?? "") >= since)
    .filter((row) => withoutArchived !== true || row.archivedAt === null)
    .filter((row) => isSearched(row, filter.search))
    .sort(
      (one, other) =>
        (other.updatedAt ?? "").localeCompare(one.updatedAt ?? "") || one.runId.localeCompare(other.runId),
    )
    .slice(0, filter.limit);
}

/** The words of a text as the index has them: letters and digits, without case and accents (FTS5's unicode61). */
export function searchWords(text: string): string[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

/** Whether a text has, for each word that is searched, one that begins so. */
export function matchesWords(text: string, search: string): boolean {
  const words = searchWords(text);
  const wanted = searchWords(search);
  return wanted.length > 0 && wanted.every((one) => words.some((word) => word.startsWith(one)));
}
