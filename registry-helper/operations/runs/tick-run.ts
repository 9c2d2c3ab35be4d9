import type { RunCommand, TickCommand } from "../../domain/run/commands.ts";
import { parseWaitTarget } from "../../domain/run/state/wait-target.ts";
import { getErrorMessage, isClawTaskError, usageError } from "../../model/errors.ts";
import { isChildSession } from "../../model/event-origin.ts";
import type { RunDocument, RunNode, RunStatus } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import type { TaskStatus } from "../../model/task-record.ts";
import type { Committed } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { runRevisionGuard } from "../../registry/revision-guard.ts";
import { commitRun } from "../../registry/run-store.ts";
import { existsInside, runPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { runIds } from "../../views/index/run-rows.ts";
import { endedTasks } from "../../views/queries/ended-tasks.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { readControls } from "./control-inbox.ts";
import { createAddedNodeFolders } from "./control-inputs.ts";
import { settleNode } from "./finish-node.ts";

export interface TickInput {
  /** One run. */
  runId?: string | undefined;
  /** Every run, when none is named. */
  all?: boolean | undefined;
  /** Of one run. */
  expectedRevision?: number | undefined;
}

export interface TickDocument {
  /** False when a run could not be brought up to the present; the others were. */
  ok: boolean;
  runs: { runId: string; runStatus: RunStatus; events: RunEvent[] }[];
  /** Runs of `all` that could not be brought up to the present. Left out when there is none. */
  problems?: { runId: string; problem: string }[];
}

/**
 * Brings one run or all of them up to the present.
 *
 * @throws ClawTaskError `usage` | `run_not_found` | `revision_conflict`, or what the storage says
 */
export function tick({ registry }: OperationContext, input: TickInput): Outcome<TickDocument> {
  const { runId: one, all = false, expectedRevision } = input;
  if ((one === undefined) !== all) throw usageError("the following arguments are required: run_id, or --all", "tick");
  if (one === undefined && expectedRevision !== undefined)
    throw usageError("argument --expected-revision: for one run", "tick");
  const ids = one === undefined ? runIds(registry) : [one];
  const runs: TickDocument["runs"] = [];
  const problems: NonNullable<TickDocument["problems"]> = [];
  for (const runId of ids) {
    try {
      const { events, state } = tickRun(registry, runId, { expectedRevision });
      runs.push({ runId, runStatus: state.state.status, events });
    } catch (thrown) {
      const error = storageError(thrown, `run ${runId}`);
      if (one !== undefined) throw error;
      // One that was removed meanwhile is no problem; whatever else is wrong with one stops only that one.
      if (isClawTaskError(error) && error.code === "run_not_found") continue;
      problems.push({
        runId,
        problem: isClawTaskError(error) ? `${error.code}: ${error.message}` : getErrorMessage(error),
      });
    }
  }
  return { document: { ok: problems.length === 0, runs, ...(problems.length === 0 ? {} : { problems }) } };
}

/**
 * Brings a run up to the present: takes over new lines of `control.jsonl`, ends what ran out of time, begins further
 * attempts, ends waits. Writes nothing when nothing is due.
 *
 * @throws ClawTaskError `run_not_found` | `revision_conflict`, or what the storage says
 */
export function tickRun(
  registry: Registry,
  runId: string,
  { expectedRevision }: { expectedRevision?: number | undefined } = {},
): Committed<RunDocument, RunEvent> {
  return commitRun(registry, runId, {
    command: { type: "tick" },
    precondition: runRevisionGuard(runId, expectedRevision),
    loadFacts: (state, command) => loadTickFacts(registry, runId, state, command),
    beforeAppend: (events) => createAddedNodeFolders(registry, runId, events),
  });
}

function loadTickFacts(
  registry: Registry,
  runId: string,
  run: RunDocument | undefined,
  command: RunCommand,
): RunCommand {
  if (run === undefined || command.type !== "tick") return command;
  const paths = runPaths(registry.root, runId);
  const waiting = run.state.nodes.filter((node) => node.kind === "wait" && node.status === "waiting");
  const awaitingResult = run.state.nodes.filter(
    (node) => node.status === "running" && node.observed?.status === "succeeded",
  );
  const files: NonNullable<TickCommand["files"]> = Object.fromEntries(
    awaitingResult.map((node) => [node.id, settleNode(registry, paths.folder, node)]),
  );
  return {
    ...command,
    // Nobody talks in the session of a child: what it may have written there is put into force by somebody else.
    controls: isChildSession(registry.origin?.session) ? undefined : readControls(registry, runId, run),
    existing: targets(waiting, "file_exists").filter((path) => existsInside(registry.fs, paths.folder, path)),
    endedTasks: lookUpTasks(registry, targets(waiting, "task")),
    files,
  };
}

function targets(nodes: readonly RunNode[], type: "file_exists" | "task"): string[] {
  return nodes.flatMap((node) => {
    const target = parseWaitTarget(node);
    if (target.type !== type) return [];
    return [target.type === "file_exists" ? target.path : target.type === "task" ? target.task : ""];
  });
}

function lookUpTasks(registry: Registry, references: readonly string[]): Record<string, TaskStatus> {
  return references.length === 0 ? {} : endedTasks(registry, references);
}
