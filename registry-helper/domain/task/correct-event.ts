import type { TaskEvent } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";

/** What is known to be wrong with a day's tasks. */
export interface Inconsistencies {
  now: Micros;
  /** Links to what does not exist, by task. */
  danglingLinks: ReadonlyMap<string, ReadonlySet<"parentTaskId" | "flowId">>;
  /** Tasks whose end lies before their beginning. */
  endsTooEarly: ReadonlySet<string>;
}

/**
 * Puts right what a line of a day says wrongly: times that run backwards or ahead of the clock, an end before the
 * beginning, links to nothing. Called for all lines of a day in their order.
 *
 * @returns the event itself when it is right
 */
export class EventCorrector {
  private readonly inconsistencies: Inconsistencies;
  private readonly started = new Map<string, string>();
  private last: Micros = 0;

  constructor(inconsistencies: Inconsistencies) {
    this.inconsistencies = inconsistencies;
  }

  mended(event: TaskEvent): TaskEvent {
    return this.withEnd(this.withLinks(this.withTime(event)));
  }

  private withTime(event: TaskEvent): TaskEvent {
    const { now } = this.inconsistencies;
    const recordedAt = parseMicros(event.timestamp);
    const isPossible = recordedAt !== undefined && recordedAt >= this.last && recordedAt <= now + FUTURE_SLACK;
    const at = isPossible ? recordedAt : Math.max(this.last, Math.min(recordedAt ?? now, now));
    this.last = at;
    if (isPossible) return event;
    const shift = recordedAt === undefined ? 0 : at - recordedAt;
    return { ...event, timestamp: formatMicros(at), ...withDelivery(event, shift) };
  }

  private withLinks(event: TaskEvent): TaskEvent {
    const fields = this.inconsistencies.danglingLinks.get(event.taskId);
    if (event.facts === undefined || fields === undefined) return event;
    const { parentTaskId, flowId, ...facts } = event.facts;
    const isRight = (field: "parentTaskId" | "flowId"): boolean =>
      event.facts?.[field] === undefined || !fields.has(field);
    if (isRight("parentTaskId") && isRight("flowId")) return event;
    return {
      ...event,
      facts: {
        ...facts,
        ...(parentTaskId === undefined || !isRight("parentTaskId") ? {} : { parentTaskId }),
        ...(flowId === undefined || !isRight("flowId") ? {} : { flowId }),
      },
    };
  }

  private withEnd(event: TaskEvent): TaskEvent {
    const { taskId, ending, timestamp } = event;
    if (!this.inconsistencies.endsTooEarly.has(taskId)) return event;
    if (event.event === "task.created" || event.event === "task.started") this.started.set(taskId, timestamp);
    const started = this.started.get(taskId) ?? timestamp;
    const endedAt = ending?.endedAt;
    if (endedAt === undefined || (endedAt >= started && endedAt <= timestamp)) return event;
    return {
      ...event,
      ending: { ...ending, status: ending?.status ?? "lost", endedAt: endedAt < started ? started : timestamp },
    };
  }
}

/** What was planned by a clock that was wrong is due as much earlier or later. */
function withDelivery({ delivery }: TaskEvent, shift: Micros): Pick<TaskEvent, "delivery"> {
  if (delivery === undefined) return {};
  const moved = (time: string): string => formatMicros((parseMicros(time) ?? 0) + shift);
  return {
    delivery: {
      ...delivery,
      ...(typeof delivery.dueAt === "string" ? { dueAt: moved(delivery.dueAt) } : {}),
      ...(delivery.deadlineAt === undefined ? {} : { deadlineAt: moved(delivery.deadlineAt) }),
    },
  };
}

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
