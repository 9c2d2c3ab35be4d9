import type { TaskEvent, TaskEventName } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { evolveTask } from "./evolve.ts";
import { isSettled } from "./task-table.ts";

/** Events that later ones make superfluous: what it was doing meanwhile, and what the host said of it. */
const NOISE: readonly TaskEventName[] = [
  "task.progressed",
  "task.host_row",
  "task.backing_missing",
  "task.backing_found",
];

export function isNoise(event: TaskEvent): boolean {
  return NOISE.includes(event.event);
}

/**
 * Which events of a settled task can go without changing its record. Tries to leave out all at once, then
 * halves of what cannot go as a whole: the record as folded decides, not a rule about events.
 *
 * @param events of one task, in their order
 * @param isRetained says of an event that it must stay (it belongs to an operation with an idempotency key)
 */
export function superfluousEvents(
  events: readonly TaskEvent[],
  isRetained: (event: TaskEvent) => boolean,
): Set<TaskEvent> {
  const whole = foldEvents(events);
  if (whole === undefined || !isSettled(whole)) return new Set();
  const wanted = JSON.stringify(whole);
  const gone = new Set<TaskEvent>();
  const tryWithout = (some: readonly TaskEvent[]): void => {
    if (some.length === 0) return;
    const without = new Set([...gone, ...some]);
    if (JSON.stringify(foldEvents(events.filter((event) => !without.has(event)))) === wanted) {
      for (const event of some) gone.add(event);
    } else if (some.length > 1) {
      const middle = some.length >> 1;
      // The earlier half first: it is what later events superseded.
      tryWithout(some.slice(0, middle));
      tryWithout(some.slice(middle));
    }
  };
  tryWithout(events.filter((event) => isNoise(event) && !isRetained(event)));
  return gone;
}

function foldEvents(events: readonly TaskEvent[]): TaskRecord | undefined {
  let task: TaskRecord | undefined;
  for (const event of events) task = evolveTask(task, event);
  return task;
}
