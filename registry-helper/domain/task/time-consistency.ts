import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";

/** A time this far ahead of the clock is no rounding: a clock has jumped. */
export const FUTURE_SLACK: Micros = 5 * 60 * 1e6;
/** Work whose end was told with its beginning was found afterwards: its end may lie before its record. */
const FOUND_AFTERWARDS: Micros = 60 * 1e6;

/** Which of a task's times cannot be, in words; undefined when all can. Pure. */
export function findTimeProblem(task: TaskRecord, now: Micros): string | undefined {
  const created = parseMicros(task.createdAt);
  const started = parseMicros(task.startedAt ?? undefined);
  const ended = parseMicros(task.endedAt ?? undefined);
  if (created === undefined) return "the time of its creation cannot be read";
  if ([created, started ?? 0, ended ?? 0].some((at) => at > now + FUTURE_SLACK))
    return `its times lie ahead of the clock (${formatMicros(Math.max(created, started ?? 0, ended ?? 0))})`;
  if (started !== undefined && started < created) return "it started before it was created";
  const lastActivity = parseMicros(task.lastActivityAt) ?? created;
  if (ended === undefined || lastActivity - created < FOUND_AFTERWARDS) return undefined;
  if (ended < (started ?? created)) return `it ended before it ${started === undefined ? "was created" : "started"}`;
  return undefined;
}
