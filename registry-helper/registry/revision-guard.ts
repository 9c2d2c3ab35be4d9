import type { LedgerDay } from "../domain/task/ledger-day.ts";
import { ClawTaskError } from "../model/errors.ts";
import { type Remedy, suggest } from "../model/remedy.ts";

/**
 * What a change that was decided on an earlier look is refused by: the revision, which is the position in the journal of
 * the last event that the caller saw of a run or a task. (A flow has its own in its record.)
 */
type RevisionCheck<State> = (seen: { state: State | undefined; seq: number }) => void;

/** Of a run, for `CommandRequest.guard`; undefined when the caller names no revision. */
export function runRevisionGuard(runId: string, expected: number | undefined): RevisionCheck<unknown> | undefined {
  if (expected === undefined) return undefined;
  return ({ seq }) =>
    require({ what: `run ${runId}`, expected, current: seq, remedy: { commands: [suggest("show", runId)] } });
}

/** The same of a task: other tasks of its day do not count. */
export function taskRevisionGuard(taskId: string, expected: number | undefined): RevisionCheck<LedgerDay> | undefined {
  if (expected === undefined) return undefined;
  return ({ state }) => {
    const current = state?.tasks.getRevision(taskId) ?? 0;
    require({ what: `task ${taskId}`, expected, current, remedy: { commands: [suggest("tasks show", taskId)] } });
  };
}

function require(seen: { what: string; expected: number; current: number; remedy: Remedy }): void {
  const { what, expected, current, remedy } = seen;
  if (expected === current) return;
  throw new ClawTaskError("revision_conflict", {
    message: `${what} is at revision ${current}, not ${expected}: look at it again before you change it`,
    remedy,
    facts: { expectedRevision: expected, currentRevision: current },
  });
}
