import { formatCommand } from "../../model/remedy.ts";
import { listWork, type WorkItem } from "../../views/queries/list-work.ts";
import { resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

/** A piece of work with the next command as a line to paste. */
export interface WorkDocument extends Omit<WorkItem, "tasks"> {
  command: string | null;
  tasks?: WorkDocument[];
}

export interface StatusDocument {
  ok: true;
  registryRoot: string;
  /** How many there are, beyond the limit too. */
  total: number;
  needAttention: number;
  /** What needs attention first, then the latest activity. */
  items: WorkDocument[];
}

/**
 * One list of everything under way: each run and flow with its tasks, and tasks of their own; also what has ended and
 * is not reported yet.
 *
 * @throws ClawTaskError `usage`
 */
export function status(
  { registry, queryIndex, self }: IndexedContext,
  input: { limit?: number | undefined },
): Outcome<StatusDocument> {
  const limit = resolveLimit(input.limit, "status");
  const all = queryIndex((database) => listWork(registry, database));
  const toDocument = ({ tasks, ...item }: WorkItem): WorkDocument => ({
    ...item,
    command: item.nextAction === null ? null : formatCommand(item.nextAction, self),
    ...(tasks === undefined ? {} : { tasks: tasks.map(toDocument) }),
  });
  return {
    document: {
      ok: true,
      registryRoot: registry.root,
      total: all.length,
      needAttention: all.filter(({ needsAttention }) => needsAttention).length,
      items: all.slice(0, limit).map(toDocument),
    },
  };
}
