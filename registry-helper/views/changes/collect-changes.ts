import { formatMicros, parseMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ChangeRows } from "./change-rows.ts";
import type { ChangeDraft } from "./describe-change.ts";
import type { JournalFile } from "./list-journals.ts";
import { type JournalMark, readChanges, seenAs, UNREAD } from "./read-new-events.ts";

/** Whether any file is not as it was told. */
export function differs(files: readonly JournalFile[], marks: ReadonlyMap<string, JournalMark>): boolean {
  return files.length !== marks.size || files.some((found) => isNews(found, marks.get(found.path)));
}

function isNews({ file, size, modifiedMs }: JournalFile, mark: JournalMark | undefined): boolean {
  return mark?.file !== file || mark.size !== size || mark.modifiedMs !== modifiedMs;
}

/**
 * What the files have more than was told, in the order in which it happened as far as clocks can say; what one journal
 * tells stays in its order, whatever they say. Moves the marks.
 */
export function gatherNews(options: {
  registry: Registry;
  files: readonly JournalFile[];
  rows: ChangeRows;
  marks: ReadonlyMap<string, JournalMark>;
  most: number;
}): { news: ChangeDraft[]; more: boolean } {
  const { registry, files, rows, marks } = options;
  const news: { draft: ChangeDraft; time: number }[] = [];
  const now = formatMicros(registry.now());
  const tell = (drafts: readonly ChangeDraft[]): void => {
    let time = 0;
    for (const draft of drafts) {
      time = Math.max(time, parseMicros(draft.at) ?? 0);
      news.push({ draft, time });
    }
  };
  let more = false;
  for (const found of files) {
    const mark = marks.get(found.path);
    if (!isNews(found, mark)) continue;
    const left = options.most - news.length;
    if (left <= 0) {
      more = true;
      break;
    }
    if (found.kind === "workflow") {
      tell([workflowChange(found, mark)]);
      rows.mark(found, workflowMark(found, mark ?? UNREAD));
      continue;
    }
    const read = readChanges(registry, found, mark ?? UNREAD, left);
    tell([...read.changes, ...goneTasks(found, read, rows, now)]);
    if (read.mark !== UNREAD) rows.mark(found, read.mark);
    if (found.kind === "task") for (const { id, removed } of read.changes) if (!removed) rows.addMember(found.path, id);
    more ||= read.more;
  }
  const present = new Set(files.map(({ path }) => path));
  for (const path of marks.keys()) if (!present.has(path)) tell(rows.remove(path, now));
  return { news: news.sort((one, other) => one.time - other.time).map(({ draft }) => draft), more };
}

/** Tasks that a rewritten day does not hold any more. */
function goneTasks(
  found: JournalFile,
  read: { mark: JournalMark; tasksNow?: Set<string> },
  rows: ChangeRows,
  at: string,
): ChangeDraft[] {
  const { tasksNow } = read;
  if (found.kind !== "task" || tasksNow === undefined) return [];
  const gone = rows.members(found.path).filter((id) => !tasksNow.has(id));
  for (const id of gone) rows.removeMember(found.path, id);
  return gone.map((id) => ({ kind: "task", id, seq: read.mark.seq, at, event: "task.removed", removed: true }));
}

function workflowChange(found: JournalFile, mark: JournalMark | undefined): ChangeDraft {
  return {
    kind: "workflow",
    id: found.id,
    seq: (mark?.seq ?? 0) + 1,
    at: formatMicros(Math.floor(found.modifiedMs * 1000)),
    event: mark === undefined ? "workflow.added" : "workflow.changed",
  };
}

/** A workflow file has no positions: each time it was seen to change counts as one. */
export function workflowMark(found: JournalFile, mark: JournalMark): JournalMark {
  return { ...mark, ...seenAs(found), bytes: found.size, seq: mark.seq + 1 };
}
