import { formatMicros, parseMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ChangeRows } from "./change-rows.ts";
import type { ChangeDraft } from "./describe-change.ts";
import type { JournalFile } from "./list-journals.ts";
import { type JournalCheckpoint, readChanges, toFileStamp, UNREAD_CHECKPOINT } from "./read-new-events.ts";

/** Whether any file is not as it was told. */
export function differs(files: readonly JournalFile[], checkpoints: ReadonlyMap<string, JournalCheckpoint>): boolean {
  return files.length !== checkpoints.size || files.some((found) => hasChanged(found, checkpoints.get(found.path)));
}

function hasChanged({ file, size, modifiedMs }: JournalFile, checkpoint: JournalCheckpoint | undefined): boolean {
  return checkpoint?.file !== file || checkpoint.size !== size || checkpoint.modifiedMs !== modifiedMs;
}

/**
 * What the files have more than was told, in the order in which it happened as far as clocks can say; what one journal
 * tells stays in its order, whatever they say. Moves the marks.
 */
export function collectChanges(options: {
  registry: Registry;
  files: readonly JournalFile[];
  rows: ChangeRows;
  checkpoints: ReadonlyMap<string, JournalCheckpoint>;
  most: number;
}): { newChanges: ChangeDraft[]; more: boolean } {
  const { registry, files, rows, checkpoints } = options;
  const newChanges: { draft: ChangeDraft; time: number }[] = [];
  const now = formatMicros(registry.now());
  const add = (drafts: readonly ChangeDraft[]): void => {
    let time = 0;
    for (const draft of drafts) {
      time = Math.max(time, parseMicros(draft.at) ?? 0);
      newChanges.push({ draft, time });
    }
  };
  let more = false;
  for (const found of files) {
    const checkpoint = checkpoints.get(found.path);
    if (!hasChanged(found, checkpoint)) continue;
    const left = options.most - newChanges.length;
    if (left <= 0) {
      more = true;
      break;
    }
    if (found.kind === "workflow") {
      add([workflowChange(found, checkpoint)]);
      rows.checkpoint(found, workflowCheckpoint(found, checkpoint ?? UNREAD_CHECKPOINT));
      continue;
    }
    const read = readChanges(registry, found, checkpoint ?? UNREAD_CHECKPOINT, left);
    add([...read.changes, ...listRemovedTasks(found, read, rows, now)]);
    if (read.checkpoint !== UNREAD_CHECKPOINT) rows.checkpoint(found, read.checkpoint);
    if (found.kind === "task") for (const { id, removed } of read.changes) if (!removed) rows.addMember(found.path, id);
    more ||= read.more;
  }
  const present = new Set(files.map(({ path }) => path));
  for (const path of checkpoints.keys()) if (!present.has(path)) add(rows.remove(path, now));
  return { newChanges: newChanges.sort((one, other) => one.time - other.time).map(({ draft }) => draft), more };
}

/** Tasks that a rewritten day does not hold any more. */
function listRemovedTasks(
  found: JournalFile,
  read: { checkpoint: JournalCheckpoint; tasksNow?: Set<string> },
  rows: ChangeRows,
  at: string,
): ChangeDraft[] {
  const { tasksNow } = read;
  if (found.kind !== "task" || tasksNow === undefined) return [];
  const removedTasks = rows.members(found.path).filter((id) => !tasksNow.has(id));
  for (const id of removedTasks) rows.removeMember(found.path, id);
  return removedTasks.map((id) => ({
    kind: "task",
    id,
    seq: read.checkpoint.seq,
    at,
    event: "task.removed",
    removed: true,
  }));
}

function workflowChange(found: JournalFile, checkpoint: JournalCheckpoint | undefined): ChangeDraft {
  return {
    kind: "workflow",
    id: found.id,
    seq: (checkpoint?.seq ?? 0) + 1,
    at: formatMicros(Math.floor(found.modifiedMs * 1000)),
    event: checkpoint === undefined ? "workflow.added" : "workflow.changed",
  };
}

/** A workflow file has no positions: each time it was seen to change counts as one. */
export function workflowCheckpoint(found: JournalFile, checkpoint: JournalCheckpoint): JournalCheckpoint {
  return { ...checkpoint, ...toFileStamp(found), bytes: found.size, seq: checkpoint.seq + 1 };
}
