import {
  hasAge,
  commitFlow,
  type DeliveryReport,
  finishFlowCancel,
  flowIds,
  flowPaths,
  type FlowRecord,
  getErrorMessage,
  isClawTaskError,
  isFlowEnded,
  loadFlow,
  type Registry,
  type TaskRecord,
} from "../../../registry-helper/internal.ts";
import { type PendingDelivery, listFlowDeliveries } from "../../delivery/pending-delivery.ts";
import { AsideRecords } from "./aside-records.ts";
import { JournalChangeDetector } from "./journal-change-detector.ts";

/** Pause between two looks at the tasks of a flow that is being cancelled, in milliseconds. */
const CANCEL_CHECK_INTERVAL_MS = 5_000;

/**
 * Watches the flows of the registry: for ends and changes that nobody was told of, and for cancels that can be carried
 * through. Flows are changed by other processes; only those whose journal grew are read. Runs in the worker thread.
 */
export class FlowWatcher {
  private readonly registry: Registry;
  private readonly lookUpTask: (taskId: string) => TaskRecord | undefined;
  private readonly problem: (message: string) => void;
  private readonly journals = new JournalChangeDetector();
  private readonly open = new Map<string, PendingDelivery[]>();
  /** Flows whose cancel is wanted, and when each was looked after, in epoch ms. */
  private readonly cancelling = new Map<string, number>();

  private readonly aside: AsideRecords;

  /** @param options.lookUpTask the ledger as it is known here */
  constructor(options: {
    registry: Registry;
    lookUpTask: (taskId: string) => TaskRecord | undefined;
    problem: (message: string) => void;
    aside?: AsideRecords;
  }) {
    this.aside = options.aside ?? new AsideRecords();
    this.registry = options.registry;
    this.lookUpTask = options.lookUpTask;
    this.problem = options.problem;
  }

  /** Looks at what changed. Returns what is still to be told. */
  poll(): PendingDelivery[] {
    this.look();
    return [...this.open.values()].flat();
  }

  /** A folder that cannot be listed says nothing of its flows: they are not gone. */
  private look(): void {
    const { fs, root } = this.registry;
    let present: string[];
    try {
      present = flowIds(fs, root);
    } catch (error) {
      this.problem(`flows: ${getErrorMessage(error)}`);
      return;
    }
    for (const flowId of present) {
      const stamp = this.findStamp(flowId);
      if (stamp === undefined || !this.journals.hasChanged(flowId, stamp, this.nowMs())) continue;
      const subject = { kind: "flow", id: flowId, stamp } as const;
      if (!this.aside.isAside(subject)) this.aside.during(subject, () => this.read(flowId, stamp));
    }
    for (const flowId of this.journals.retainOnly(new Set(present))) this.forget(flowId);
  }

  /** Carries cancels through: tasks are asked to stop, and a flow ends once none of its tasks is active. */
  processCancels(): void {
    const nowMs = this.nowMs();
    for (const [flowId, at] of this.cancelling) {
      if (!hasAge(nowMs - at, CANCEL_CHECK_INTERVAL_MS)) continue;
      this.cancelling.set(flowId, nowMs);
      try {
        const cancel = (): FlowRecord => finishFlowCancel(this.registry, flowId, { lookUpTask: this.lookUpTask }).flow;
        const stamp = this.findStamp(flowId);
        const subject = { kind: "flow", id: flowId, ...(stamp === undefined ? {} : { stamp }) } as const;
        this.applyRecord(this.aside.during(subject, cancel));
      } catch (error) {
        this.reportProblem(flowId, error);
      }
    }
  }

  reportDelivery(flowId: string, report: DeliveryReport, which: { of?: "update"; generation?: number }): boolean {
    const { flow, changed } = commitFlow(this.registry, {
      command: { type: "report_delivery", flowId, report, ...which },
    });
    this.applyRecord(flow);
    return changed;
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }

  private read(flowId: string, stamp: string): void {
    try {
      this.applyRecord(loadFlow(this.registry, flowId));
      this.journals.markRead(flowId, stamp);
    } catch (error) {
      // A flow that cannot be read is shown by lists and `verify`; it must not stop the others.
      this.forget(flowId);
      this.journals.markUnreadable(flowId, stamp, { error, now: this.nowMs() });
      if (isClawTaskError(error) && error.code === "flow_not_found") return;
      this.reportProblem(flowId, error);
    }
  }

  private applyRecord(flow: FlowRecord): void {
    const { flowId } = flow;
    const open = listFlowDeliveries(flow);
    if (open.length === 0) this.open.delete(flowId);
    else this.open.set(flowId, open);
    if (flow.cancel === null || isFlowEnded(flow)) this.cancelling.delete(flowId);
    else if (!this.cancelling.has(flowId)) this.cancelling.set(flowId, 0);
  }

  private forget(flowId: string): void {
    this.open.delete(flowId);
    this.cancelling.delete(flowId);
  }

  private reportProblem(flowId: string, error: unknown): void {
    this.problem(`flow ${flowId}: ${getErrorMessage(error)}`);
  }

  private findStamp(flowId: string): string | undefined {
    const { fs, root } = this.registry;
    try {
      const stat = fs.statSync(flowPaths(root, flowId).events);
      return `${stat.size}.${stat.mtimeMs}`;
    } catch {
      return undefined;
    }
  }
}
