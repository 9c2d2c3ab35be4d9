import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { RUNTIMES_THAT_WORK_AT_ONCE, STALL_AFTER_MS, STARTING_FOR_MS } from "../../domain/task/phase.ts";
import { LOST_SHOWN_FOR, SHOWN_FOR } from "../../model/attention-item.ts";
import type { DeliveryState } from "../../model/delivery-record.ts";
import { timeOrderedId } from "../../model/ids.ts";
import { TASK_RUNTIMES, type TaskRecord, type TaskRuntime } from "../../model/task-record.ts";
import type { TaskPhase } from "../../model/task-status.ts";
import { formatMicros, type Micros } from "../../model/time.ts";
import { orderNumber } from "../index/task-rows.ts";

/** Whether a task is one of those that are listed. */
export type TaskTest = (task: TaskRecord) => boolean;

export interface TaskFilter {
  status?: string | undefined;
  runtime?: string | undefined;
  phase?: TaskPhase | undefined;
  delivery?: DeliveryState | undefined;
  /** What only the record as a whole tells, such as a block that follows from the clock. Asked before the page is cut. */
  matches?: ((database: DatabaseSync) => TaskTest) | undefined;
  /** Only what may need attention, however long ago it ended. */
  needsLook?: boolean | undefined;
  /** Only what has not ended, or whose result is still on its way. */
  open?: boolean | undefined;
  /** The session that asked for it, or its beginning. */
  owner?: string | undefined;
  flowId?: string | undefined;
  runId?: string | undefined;
  /** Made at or after this time. */
  since?: Micros | undefined;
  /** Words that must all be in its texts; the beginning of a word is enough. */
  search?: string | undefined;
  /** Also what ended long ago. */
  all?: boolean | undefined;
  /** Only tasks older than this one: the next page. */
  before?: string | undefined;
  now?: Micros | undefined;
  limit: number;
}

/** One part of a list, in SQL: its rows have a `taskId` and, when asked for, the `record`. */
export interface TaskSelect {
  sql: (columns: string) => string;
  values: Record<string, SQLInputValue>;
}

/**
 * A list as one or two selects, whose rows follow each other. Each walks an index in the order of the list and
 * stops after a page, however long the ledger is; where SQLite would choose to sort, a `+` keeps it from the
 * index that makes it do so.
 */
export function buildSelects(filter: TaskFilter): TaskSelect[] {
  const common = new Conditions();
  if (isOpenOnly(filter)) common.add("t.isOpen = 1");
  if (filter.needsLook === true) common.add("t.needsLook = 1");
  addColumns(common, filter);
  if (filter.phase !== undefined) addPhase(common, filter.phase, filter.now);
  if (filter.search !== undefined && !isOpenOnly(filter)) return [searchSelect(common, filter, filter.search)];
  if (filter.before !== undefined) common.add("t.taskId < :before", { before: filter.before });
  const isDefaultView =
    filter.all !== true && filter.needsLook !== true && filter.status === undefined && filter.since === undefined;
  if (!isDefaultView || filter.now === undefined) return [common.select()];
  // What ended long ago is left out; what goes on is always shown. Ids tell the time, so the second part is older.
  const week = firstIdAt(filter.now - SHOWN_FOR);
  const recent = common.with("t.taskId >= :week AND NOT (t.status = 'lost' AND t.taskId < :day AND t.isOpen = 0)", {
    week,
    day: firstIdAt(filter.now - LOST_SHOWN_FOR),
  });
  return [recent.select(), common.with("t.isOpen = 1 AND t.taskId < :week", { week }).select()];
}

const ENDED_PHASES: readonly (TaskPhase | undefined)[] = ["done", "failed"];

/** What goes on is little: its own index is better than any other, and its texts are better read than looked up. */
export function isOpenOnly(filter: TaskFilter): boolean {
  return (
    filter.open === true ||
    filter.status === "queued" ||
    filter.status === "running" ||
    (filter.phase !== undefined && !ENDED_PHASES.includes(filter.phase))
  );
}

function addColumns(into: Conditions, filter: TaskFilter): void {
  // A search walks the words; what goes on, and what may need attention, have their own indexes: no other index then.
  const plus = isOpenOnly(filter) || filter.needsLook === true || filter.search !== undefined ? "+" : "";
  if (filter.status !== undefined) into.add(`${plus}t.status = :status`, { status: filter.status });
  if (filter.delivery !== undefined) into.add("t.delivery = :delivery", { delivery: filter.delivery });
  if (filter.runtime !== undefined) into.add(`${plus}t.runtime = :runtime`, { runtime: filter.runtime });
  if (filter.flowId !== undefined) into.add(`${plus}t.flowId = :flow`, { flow: filter.flowId });
  if (filter.owner !== undefined) into.add(`${plus}t.requesterSessionKey = :owner`, { owner: filter.owner });
  if (filter.runId !== undefined)
    into.add(
      `(t.childSessionKey IN (SELECT childSessionKey FROM bindings WHERE runId = :run)
        OR t.hostRunId IN (SELECT hostRunId FROM bindings WHERE runId = :run))`,
      { run: filter.runId },
    );
  if (filter.since !== undefined) into.add("t.taskId >= :since", { since: firstIdAt(filter.since) });
}

/** Being stalled follows from the clock; only work that goes on can be. */
function addPhase(into: Conditions, phase: TaskPhase, now: Micros | undefined): void {
  const still = (runtime: TaskRuntime): string =>
    `WHEN '${runtime}' THEN '${formatMicros((now ?? 0) - STALL_AFTER_MS[runtime] * 1000)}'`;
  // Held up is not stalled, as `taskStatus` has it.
  const stalled = `(t.status = 'running' AND t.phase NOT LIKE 'waiting\\_%' ESCAPE '\\'
    AND json_extract(t.record, '$.blockReason') IS NULL
    AND t.lastProgressAt <= CASE t.runtime ${TASK_RUNTIMES.map(still).join(" ")} END)`;
  const startedAt = `coalesce(json_extract(t.record, '$.attempts[#-1].startedAt'),
    json_extract(t.record, '$.startedAt'), json_extract(t.record, '$.createdAt'))`;
  const isPastStart = `(t.runtime IN (${RUNTIMES_THAT_WORK_AT_ONCE.map((runtime) => `'${runtime}'`).join(", ")})
    OR json_extract(t.record, '$.latestUpdate') IS NOT NULL
    OR ${startedAt} <= '${formatMicros((now ?? 0) - STARTING_FOR_MS * 1000)}')`;
  if (phase === "stalled") into.add(stalled);
  // The row says `starting` of all that has told no phase: the clock says the rest, as `derivePhase` has it.
  else if (phase === "starting") into.add(`t.phase = 'starting' AND NOT ${isPastStart} AND NOT ${stalled}`);
  else if (phase === "working") into.add(`t.phase = 'starting' AND ${isPastStart} AND NOT ${stalled}`);
  else if (ENDED_PHASES.includes(phase)) into.add("t.phase = :phase", { phase });
  else into.add(`t.phase = :phase AND NOT ${stalled}`, { phase });
}

/** The words are numbered in the order of the ids, so that they can be walked newest first. */
function searchSelect(conditions: Conditions, filter: TaskFilter, search: string): TaskSelect {
  conditions.add("w.words MATCH :search", { search: toMatchExpression(search) });
  if (filter.before !== undefined)
    conditions.add("w.rowid < coalesce((SELECT number FROM tasks WHERE taskId = :before), :beforeNumber)", {
      before: filter.before,
      beforeNumber: orderNumber(filter.before),
    });
  return {
    sql: (columns) => `SELECT ${columns} FROM words w CROSS JOIN tasks t ON t.number = w.rowid
      WHERE ${conditions.text} ORDER BY w.rowid DESC LIMIT :limit`,
    values: conditions.values,
  };
}

/** The first id that a task made at this time can have: ids are ordered by time. */
export function firstIdAt(at: Micros): string {
  return timeOrderedId("t", Math.max(0, Math.floor(at / 1000)), 0);
}

/** Each word as a quoted prefix: nothing that a person types is syntax. */
function toMatchExpression(search: string): string {
  const words = search.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  return words.length === 0 ? '""' : words.map((word) => `"${word}"*`).join(" AND ");
}

/** Conditions that a select has in common with others, and its values. */
class Conditions {
  private readonly parts: string[];
  readonly values: Record<string, SQLInputValue>;

  constructor(parts: readonly string[] = [], values: Record<string, SQLInputValue> = {}) {
    this.parts = [...parts];
    this.values = { ...values };
  }

  add(part: string, values: Record<string, SQLInputValue> = {}): void {
    this.parts.push(part);
    Object.assign(this.values, values);
  }

  with(part: string, values: Record<string, SQLInputValue>): Conditions {
    const more = new Conditions(this.parts, this.values);
    more.add(part, values);
    return more;
  }

  get text(): string {
    return this.parts.join(" AND ");
  }

  select(): TaskSelect {
    const where = this.parts.length === 0 ? "" : `WHERE ${this.text}`;
    return {
      sql: (columns) => `SELECT ${columns} FROM tasks t ${where} ORDER BY t.taskId DESC LIMIT :limit`,
      values: this.values,
    };
  }
}
