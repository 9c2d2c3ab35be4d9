import type { DatabaseSync } from "node:sqlite";
import { flowMayNeedAttention } from "../../domain/flow/attention.ts";
import { toRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { type FlowRecord, isFlowEnded } from "../../model/flow-record.ts";
import type { Registry } from "../../registry/registry.ts";
import { FlowJournal } from "../../storage/flow-journal.ts";
import { flowIds, flowPaths } from "../../storage/flow-paths.ts";
import { unreadableError } from "../../storage/storage-errors.ts";
import { isSqliteError } from "./index-database.ts";

/**
 * Brings the rows of flows up to date: only flows whose journal changed since are read. The flow of a run comes with
 * the run's own row, and has no stamp.
 *
 * @returns the flows that changed, as they are now
 */
export function refreshFlows(registry: Registry, database: DatabaseSync): FlowRecord[] {
  const known = new Map(
    database
      .prepare("SELECT flowId, stamp FROM flows WHERE stamp IS NOT NULL")
      .all()
      .map((row) => [String(row["flowId"]), String(row["stamp"])]),
  );
  const present = flowIds(registry.fs, registry.root).map((flowId) => ({
    flowId,
    stamp: getJournalStamp(registry, flowId),
  }));
  const ids = new Set(present.map(({ flowId }) => flowId));
  const changed = present.filter(({ flowId, stamp }) => known.get(flowId) !== stamp);
  const gone = [...known.keys()].filter((flowId) => !ids.has(flowId));
  if (changed.length === 0 && gone.length === 0) return [];
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const flowId of gone) database.prepare("DELETE FROM flows WHERE flowId = ?").run(flowId);
    const flows = changed.flatMap(({ flowId, stamp }) => indexFlow(registry, database, flowId, stamp) ?? []);
    database.exec("COMMIT");
    return flows;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

export function writeRunFlow(database: DatabaseSync, flow: FlowRecord): void {
  // What a run needs somebody for is said of the run.
  write(database, { flow, stamp: null, needsLook: false });
}

export function removeRunFlow(database: DatabaseSync, runId: string): void {
  database.prepare("DELETE FROM flows WHERE flowId = ?").run(toRunFlowId(runId));
}

function getJournalStamp({ fs, root }: Registry, flowId: string): string {
  try {
    const stat = fs.statSync(flowPaths(root, flowId).events);
    return `${stat.size}.${stat.mtimeMs}`;
  } catch {
    return "-";
  }
}

/** What the disk refused may be readable at the next look without having changed; what is damaged stays so. */
export function stampOfUnread(stamp: string, code: string): string {
  return code === "journal_corrupt" || code === "registry_too_new" ? stamp : `${stamp} unread`;
}

/** A flow that cannot be read has a row too: it must not hide the others, nor look as if it were gone. */
function indexFlow(registry: Registry, database: DatabaseSync, flowId: string, stamp: string): FlowRecord | undefined {
  database.prepare("DELETE FROM flows WHERE flowId = ?").run(flowId);
  try {
    const { flow } = new FlowJournal({ fs: registry.fs, root: registry.root, flowId }).read();
    // A folder without a journal: a creation that was killed before it counted.
    if (flow === undefined) return undefined;
    write(database, { flow, stamp, needsLook: flowMayNeedAttention(flow) });
    return flow;
  } catch (thrown) {
    if (isSqliteError(thrown)) throw thrown;
    const error = unreadableError(thrown, `flow ${flowId}`);
    database.prepare("DELETE FROM flows WHERE flowId = ?").run(flowId);
    database
      .prepare(
        "INSERT INTO flows (flowId, stamp, status, isOpen, needsLook, problem) VALUES (?, ?, 'unreadable', 1, 0, ?)",
      )
      .run(flowId, stampOfUnread(stamp, error.code), `${error.code}: ${error.message}`);
    return undefined;
  }
}

function write(
  database: DatabaseSync,
  { flow, stamp, needsLook }: { flow: FlowRecord; stamp: string | null; needsLook: boolean },
): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO flows (flowId, stamp, status, owner, updatedAt, isOpen, needsLook, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      flow.flowId,
      stamp,
      flow.status,
      flow.ownerSessionKey,
      flow.updatedAt,
      isFlowEnded(flow) ? 0 : 1,
      needsLook ? 1 : 0,
      JSON.stringify(flow),
    );
}
