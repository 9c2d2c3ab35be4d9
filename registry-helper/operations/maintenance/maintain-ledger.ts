import type { DatabaseSync } from "node:sqlite";
import type { Inconsistencies } from "../../domain/task/correct-event.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { flowIds } from "../../storage/flow-paths.ts";
import { ledgerDays } from "../../storage/ledger-journal.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { refreshFlows } from "../../views/index/refresh-flows.ts";
import { rebuildDay } from "../../views/index/refresh-tasks.ts";
import { orphanedTasks, timeSuspects } from "../../views/queries/audit-ledger.ts";
import { LedgerIndex } from "../../views/queries/ledger-index.ts";
import { type FlowAction, finishFlowCancel } from "../flows/cancel-flow.ts";
import { type DayPlan, planDay } from "./plan-day-rewrite.ts";
import { planPruning, Pruning, type PruningPlan } from "./plan-retention.ts";
import { removeFlow } from "./prune-flow.ts";
import { removeLeftovers, rewriteDay } from "./rewrite-day.ts";
import { emptyTrash } from "./trash.ts";

export type DayReport = { day: string } & DayPlan["counts"];

export interface MaintenanceReport {
  applied: boolean;
  /** Days of which something was changed, or would be. */
  days: DayReport[];
  /** What is left to do for flows by themselves. */
  flows: FlowAction[];
  /** Days and flows that were left as they are, and why. */
  problems: string[];
}

export interface MaintenanceOptions {
  apply: boolean;
  /** Takes over lines that were changed after they were written, as they stand; else they go into quarantine. */
  acceptChanges?: boolean;
  retention?: Micros;
  progress?: (day: string) => void;
}

/** How often a day that others write to is planned anew before it is left for the next time. */
const MAX_PLANS = 5;

/**
 * Says what maintenance of the ledger would do, and does it when asked to: unreadable lines into quarantine, times
 * and links that cannot be put right, lines that nothing needs dropped, and with a retention, settled tasks older
 * than it dropped, children before their parents, then flows without tasks. Then the index is built anew.
 */
export function maintainLedger(registry: Registry, options: MaintenanceOptions): MaintenanceReport {
  const index = new LedgerIndex(registry);
  try {
    index.refresh();
    return new Maintenance(registry, index, options).run();
  } finally {
    index.close();
  }
}

class Maintenance {
  private readonly registry: Registry;
  private readonly index: LedgerIndex;
  private readonly options: MaintenanceOptions;
  private readonly reports = new Map<string, DayReport>();
  private readonly problems: string[] = [];
  /** Days that cannot be read or written, such as a newer version's. */
  private readonly skippedDays = new Set<string>();
  /** Found once: it takes a look at every task. */
  private known: Inconsistencies | undefined;

  constructor(registry: Registry, index: LedgerIndex, options: MaintenanceOptions) {
    this.registry = registry;
    this.index = index;
    this.options = options;
  }

  run(): MaintenanceReport {
    const { fs, root } = this.registry;
    if (this.options.apply) {
      // What a killed command left on its way comes back, and is judged like everything else.
      emptyTrash(this.registry);
      this.index.refresh();
    }
    // The newest first: children are rarely older than their parents, and go before them.
    const days = ledgerDays(fs, root).reverse();
    const pruning = new Pruning(this.prunable().tasks);
    if (this.options.apply) removeLeftovers(this.registry);
    for (const day of days) this.maintain(day, pruning);
    // Parents whose children lay in a day that came later in this order.
    while (this.options.apply && pruning.days().some((day) => this.maintain(day, pruning)));
    const flows = [...this.finishFlowCancels(), ...this.pruneFlows()];
    if (this.options.apply) {
      emptyTrash(this.registry);
      this.rebuildIndex(days);
    }
    const { apply: applied } = this.options;
    return { applied, days: [...this.reports.values()].sort(byDay), flows, problems: this.problems };
  }

  /** Cancels that are done but for their end, and links that a crash left half-made. */
  private finishFlowCancels(): FlowAction[] {
    const lookUpTask = (taskId: string) => this.index.task(taskId);
    return flowIds(this.registry.fs, this.registry.root).flatMap((flowId) =>
      this.tried(
        flowId,
        () => finishFlowCancel(this.registry, flowId, { apply: this.options.apply, lookUpTask }).actions,
      ),
    );
  }

  /** Flows that ended before the retention; with `apply`, those whose tasks are gone. */
  private pruneFlows(): FlowAction[] {
    const { apply, retention } = this.options;
    if (retention === undefined) return [];
    this.index.refresh();
    return [...this.prunable().flows].flatMap(([flowId, tasksLeft]) => {
      const action: FlowAction = { flowId, action: "prune", taskId: null };
      if (!apply) return [action];
      if (tasksLeft > 0) return [];
      return this.tried(flowId, () => (removeFlow(this.registry, flowId, this.cutoff(retention)) ? [action] : []));
    });
  }

  private tried(flowId: string, act: () => FlowAction[]): FlowAction[] {
    try {
      return act();
    } catch (thrown) {
      const error = storageError(thrown, `flow ${flowId}`);
      if (!isClawTaskError(error)) throw error;
      // A folder that a killed creation left is no flow; one that somebody removed is none any more.
      if (error.code !== "flow_not_found") this.problems.push(`flow ${flowId}: ${error.code}: ${error.message}`);
      return [];
    }
  }

  private cutoff(retention: Micros): Micros {
    return this.registry.now() - retention;
  }

  /** Returns whether tasks of the day were pruned. */
  private maintain(day: string, pruning: Pruning): boolean {
    this.options.progress?.(day);
    try {
      for (let plans = 0; plans < MAX_PLANS; plans += 1) {
        const prune = this.options.apply ? pruning.ready(day) : pruning.of(day);
        const { acceptChanges = false } = this.options;
        const plan = planDay(this.registry, day, { prune, mistakes: this.mistakes(), acceptChanges });
        if (plan.edits.length === 0) return false;
        if (!this.options.apply || rewriteDay(this.registry, plan)) return this.done(plan, pruning);
        this.index.refresh();
        this.known = undefined;
        pruning.retainOnly(this.prunable().tasks);
      }
      this.problems.push(`ledger ${day}: others write to it all the time; it is left for the next time`);
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      this.problems.push(`ledger ${day}: ${error.code}: ${error.message}`);
      this.skippedDays.add(day);
    }
    return false;
  }

  private done(plan: DayPlan, pruning: Pruning): boolean {
    const { day, counts } = plan;
    const known = this.reports.get(day);
    this.reports.set(day, known === undefined ? { day, ...counts } : added(known, counts));
    if (!this.options.apply) return false;
    pruning.gone(plan.pruned);
    this.index.use((database) => rebuildDay(this.registry, database, day));
    return plan.pruned.size > 0;
  }

  private prunable(): PruningPlan {
    const { retention } = this.options;
    if (retention === undefined) return { tasks: new Map(), flows: new Map() };
    return this.index.use((database) => {
      refreshFlows(this.registry, database);
      return planPruning(database, this.cutoff(retention));
    });
  }

  private mistakes(): Inconsistencies {
    return (this.known ??= this.index.use((database) => {
      // A task is linked after its flow was made: whatever flow a task names is known now, or was never there.
      refreshFlows(this.registry, database);
      return findInconsistencies(database, this.registry.now());
    }));
  }

  private rebuildIndex(days: readonly string[]): void {
    for (const day of days) {
      if (this.reports.has(day) || this.skippedDays.has(day)) continue;
      this.options.progress?.(day);
      this.index.use((database) => rebuildDay(this.registry, database, day));
    }
    this.index.use((database) => database.exec("UPDATE runs SET stamp = ''"));
  }
}

function findInconsistencies(database: DatabaseSync, now: Micros): Inconsistencies {
  const danglingLinks = new Map<string, Set<"parentTaskId" | "flowId">>();
  for (const { taskId, field } of orphanedTasks(database))
    danglingLinks.set(taskId, (danglingLinks.get(taskId) ?? new Set<"parentTaskId" | "flowId">()).add(field));
  const endsTooEarly = new Set(timeSuspects(database, now).map(({ task }) => task.taskId));
  return { now, danglingLinks, endsTooEarly };
}

function added(report: DayReport, counts: DayPlan["counts"]): DayReport {
  return {
    day: report.day,
    damaged: report.damaged + counts.damaged,
    mended: report.mended + counts.mended,
    compacted: report.compacted + counts.compacted,
    pruned: report.pruned + counts.pruned,
    bytesFreed: report.bytesFreed + counts.bytesFreed,
  };
}

function byDay(one: DayReport, other: DayReport): number {
  return one.day.localeCompare(other.day);
}
