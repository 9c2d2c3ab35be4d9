import type { TaskCommand } from "../../domain/task/commands.ts";
import { type LedgerDay, ledgerDayAggregate } from "../../domain/task/ledger-day.ts";
import { parseDayFromId } from "../../model/ids.ts";
import type { TaskEvent } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { commitAll, type CommandOutcome, type CommandRequest } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { taskRevisionGuard } from "../../registry/revision-guard.ts";
import { LedgerJournal } from "../../storage/ledger-journal.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { LedgerIndex } from "../../views/queries/ledger-index.ts";
import { findConcurrentTask } from "./find-concurrent-task.ts";

/** One command on one task, as other processes than the gateway give it. */
export interface TaskRequest {
  command: TaskCommand;
  key?: string | undefined;
  /** The task's revision that the caller saw; refused when it has changed since. */
  expectedRevision?: number | undefined;
  /** The task is made by this, unless another process has made one for the same work by then: then that one is meant. */
  createsTask?: boolean | undefined;
}

/** What became of it: the task after it, or why not. */
export type TaskOutcome =
  { taskId: string; task: TaskRecord; changed: boolean; replayed: boolean } | { taskId: string; error: unknown };

/**
 * Changes one task: a `commit` on the journal of its day.
 *
 * @throws ClawTaskError
 * @example
 * commitTask(registry, { command: { type: "set_notify", taskId, source: "cli", notify: "silent" } });
 */
export function commitTask(registry: Registry, request: TaskRequest): Exclude<TaskOutcome, { error: unknown }> {
  const [outcome] = commitTasks(registry, [request]);
  if (outcome === undefined || "error" in outcome) throw outcome?.error;
  return outcome;
}

/**
 * Changes many tasks with one append per day. One that is refused, or whose day cannot be written, fails alone.
 *
 * @returns in the order of the requests
 */
export function commitTasks(registry: Registry, requests: readonly TaskRequest[]): TaskOutcome[] {
  const index = new LedgerIndex(registry);
  try {
    const outcomes = new Map<TaskRequest, TaskOutcome>();
    const meant = new Map<TaskRequest, string>();
    for (const [day, ofDay] of byDay(requests)) {
      const results = commitDay(
        registry,
        index,
        day,
        ofDay.map((request) => ({
          command: request.command,
          key: request.key,
          precondition: taskRevisionGuard(request.command.taskId, request.expectedRevision),
          loadFacts: (_state, command) => {
            if (request.createsTask !== true || command.type !== "signal") return command;
            const taskId = findConcurrentTask(index, command) ?? command.taskId;
            meant.set(request, taskId);
            return { ...command, taskId };
          },
        })),
      );
      for (const [position, request] of ofDay.entries())
        outcomes.set(request, toTaskOutcome(meant.get(request) ?? request.command.taskId, results[position]));
    }
    return requests.flatMap((request) => outcomes.get(request) ?? []);
  } finally {
    index.close();
  }
}

function byDay(requests: readonly TaskRequest[]): Map<string, TaskRequest[]> {
  const days = new Map<string, TaskRequest[]>();
  for (const request of requests) {
    const day = parseDayFromId(request.command.taskId) ?? "";
    days.set(day, [...(days.get(day) ?? []), request]);
  }
  return days;
}

function commitDay(
  registry: Registry,
  index: LedgerIndex,
  day: string,
  requests: readonly CommandRequest<LedgerDay, TaskCommand>[],
): CommandOutcome<LedgerDay, TaskEvent>[] {
  const { fs, root, now, origin } = registry;
  try {
    const journal = new LedgerJournal({ fs, root, day, snapshot: index.getSnapshot(day) });
    return commitAll({ journal, aggregate: ledgerDayAggregate, now, origin, requests });
  } catch (thrown) {
    const error = storageError(thrown, `ledger ${day}`);
    return requests.map(() => ({ error }));
  }
}

function toTaskOutcome(taskId: string, outcome: CommandOutcome<LedgerDay, TaskEvent> | undefined): TaskOutcome {
  if (outcome === undefined || "error" in outcome) return { taskId, error: outcome?.error };
  const task = outcome.state.tasks.get(taskId);
  if (task === undefined) return { taskId, error: new Error(`no task ${taskId} after its change`) };
  return { taskId, task, changed: outcome.events.length > 0 && !outcome.replayed, replayed: outcome.replayed };
}
