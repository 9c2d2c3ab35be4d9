import { taskStatus, type TaskStatusView } from "../../domain/task/status.ts";
import { usageError } from "../../model/errors.ts";
import { omitUndefined } from "../../model/json.ts";
import { MAX_TASK_ARTIFACTS } from "../../model/limits.ts";
import type { TaskStep } from "../../model/task-events.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import {
  BLOCK_REASONS,
  type BlockReason,
  STATABLE_PHASES,
  type StatablePhase,
  NOTIFY_POLICIES,
  type NotifyPolicy,
} from "../../model/task-status.ts";
import { requireChoice, requireTextLengths } from "../input-checks.ts";
import type { ChangeInput, IndexedContext, Outcome } from "../operation.ts";
import { commitTask } from "./commit-task.ts";
import { resolveOwnTask, resolveTask } from "./task-reference.ts";

/** What an agent can say that blocks its work; `none` takes it back. */
export const REPORTED_BLOCKS: readonly string[] = [...BLOCK_REASONS, "none"];

export interface TaskReportInput extends ChangeInput {
  /** The task that the caller's own session works on when it is not given. */
  task?: string | undefined;
  phase?: string | undefined;
  block?: string | undefined;
  update?: string | undefined;
  /** What the agent does next. */
  next?: string | undefined;
  /** Paths of files that came of it. */
  artifacts?: readonly string[] | undefined;
}

export interface TaskReportDocument {
  ok: true;
  taskId: string;
  changed: boolean;
  task: TaskRecord & { view: TaskStatusView };
}

/**
 * Records what an agent says about its own work.
 *
 * @throws ClawTaskError `usage` | `too_large` | `task_not_found` | `task_over` | `revision_conflict` | ...
 * @example
 * report(context, { phase: "testing", update: "12 of 40", artifacts: ["out/report.md"] });
 */
export function report(context: IndexedContext, input: TaskReportInput): Outcome<TaskReportDocument> {
  const { registry } = context;
  const step = toStep(input);
  const { taskId } = resolveOwnTask(context, input.task, "tasks report");
  const { task, changed } = commitTask(registry, {
    command: { type: "report", taskId, source: "cli", step },
    key: input.key,
    expectedRevision: input.expectedRevision,
  });
  return { document: { ok: true, taskId, changed, task: { ...task, view: taskStatus(task, registry.now()) } } };
}

function toStep({ phase, block, update, next, artifacts = [] }: TaskReportInput): TaskStep {
  const command = "tasks report";
  requireChoice(phase, STATABLE_PHASES, "--phase", command);
  requireChoice(block, REPORTED_BLOCKS, "--block", command);
  if (artifacts.length > MAX_TASK_ARTIFACTS)
    throw usageError(`argument --artifact: at most ${MAX_TASK_ARTIFACTS} at once`, command);
  requireTextLengths({ update, next });
  const step = omitUndefined({
    phase: phase as StatablePhase | undefined,
    blockReason: block === "none" ? null : (block as BlockReason | undefined),
    update,
    nextAction: next,
    artifacts: artifacts.length === 0 ? undefined : [...artifacts],
  });
  if (Object.keys(step).length === 0)
    throw usageError("one of --phase, --block, --update, --next and --artifact is required", command);
  return step;
}

export interface TaskNotifyInput extends ChangeInput {
  task: string;
  policy: NotifyPolicy;
}

export interface TaskNotifyDocument {
  ok: true;
  taskId: string;
  notify: NotifyPolicy;
  changed: boolean;
}

/**
 * Sets of what the requester of a task is notified from now on.
 *
 * @throws ClawTaskError `usage` | `task_not_found` | `ambiguous_id` | `revision_conflict` | ...
 */
export function notify(context: IndexedContext, input: TaskNotifyInput): Outcome<TaskNotifyDocument> {
  const { policy, key, expectedRevision } = input;
  requireChoice(policy, NOTIFY_POLICIES, "policy", "tasks notify");
  const { taskId } = resolveTask(context, input.task);
  const { task, changed } = commitTask(context.registry, {
    command: { type: "set_notify", taskId, source: "cli", notify: policy },
    key,
    expectedRevision,
  });
  return { document: { ok: true, taskId, notify: task.notify, changed } };
}
