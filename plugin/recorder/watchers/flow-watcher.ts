import {
  changeFlow,
  type DeliveryReport,
  flowIds,
  flowPaths,
  type FlowRecord,
  isClawTaskError,
  isFlowOver,
  loadFlow,
  messageOf,
  type Registry,
  settleFlow,
  type TaskRecord,
} from "../../../registry-helper/index.ts";
import { type OpenDelivery, openDeliveriesOfFlow } from "../../delivery/pending-delivery.ts";
import { SeenJournals } from "./journal-change-detector.ts";

/** Pause between two looks at the tasks of a flow that is being cancelled, in milliseconds. */
const SETTLE_EVERY_MS = 5_000;

/**
 * Watches the flows of the registry: for ends and changes that nobody was told of, and for cancels that can be carried
 * through. Flows are changed by other processes; only those whose journal grew are read. Runs in the worker thread.
 */
export class FlowWatch {
  private readonly registry: Registry;
  private readonly taskOf: (taskId: string) => TaskRecord | undefined;
  private readonly problem: (message: string) => void;
  private readonly seen = new SeenJournals();
  private readonly open = new Map<string, OpenDelivery[]>();
  /** Flows whose cancel is wanted, and when each was looked after, in epoch ms. */
  private readonly cancelling = new Map<string, number>();

  /** @param options.taskOf the ledger as it is known here */
  constructor(options: {
    registry: Registry;
    taskOf: (taskId: string) => TaskRecord | undefined;
    problem: (message: string) => void;
  }) {
    this.registry = options.registry;
    this.taskOf = options.taskOf;
    this.problem = options.problem;
  }

  /** Looks at what changed. Returns what is still to be told. */
  look(): OpenDelivery[] {
    const { fs, root } = this.registry;
    const present = flowIds(fs, root);
    for (const flowId of present) {
      const stamp = this.stampOf(flowId);
      if (stamp !== undefined && this.seen.isNews(flowId, stamp, this.nowMs())) this.read(flowId, stamp);
    }
    for (const flowId of this.seen.forgetAllBut(new Set(present))) this.forget(flowId);
    return [...this.open.values()].flat();
  }

  /** Carries cancels through: tasks are asked to stop, and a flow ends once none of its tasks is active. */
  settle(): void {
    const nowMs = this.nowMs();
    for (const [flowId, at] of this.cancelling) {
      if (nowMs - at < SETTLE_EVERY_MS) continue;
      this.cancelling.set(flowId, nowMs);
      try {
        this.learn(settleFlow(this.registry, flowId, { taskOf: this.taskOf }).flow);
      } catch (error) {
        this.complain(flowId, error);
      }
    }
  }

  reportDelivery(flowId: string, report: DeliveryReport, which: { of?: "update"; generation?: number }): boolean {
    const { flow, changed } = changeFlow(this.registry, {
      command: { type: "report_delivery", flowId, report, ...which },
    });
    this.learn(flow);
    return changed;
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }

  private read(flowId: string, stamp: string): void {
    try {
      this.learn(loadFlow(this.registry, flowId));
      this.seen.wasRead(flowId, stamp);
    } catch (error) {
      // A flow that cannot be read is shown by lists and `verify`; it must not stop the others.
      this.forget(flowId);
      this.seen.wasUnreadable(flowId, stamp, { error, now: this.nowMs() });
      if (isClawTaskError(error) && error.code === "flow_not_found") return;
      this.complain(flowId, error);
    }
  }

  private learn(flow: FlowRecord): void {
    const { flowId } = flow;
    const open = openDeliveriesOfFlow(flow);
    if (open.length === 0) this.open.delete(flowId);
    else this.open.set(flowId, open);
    if (flow.cancel === null || isFlowOver(flow)) this.cancelling.delete(flowId);
    else if (!this.cancelling.has(flowId)) this.cancelling.set(flowId, 0);
  }

  private forget(flowId: string): void {
    this.open.delete(flowId);
    this.cancelling.delete(flowId);
  }

  private complain(flowId: string, error: unknown): void {
    this.problem(`flow ${flowId}: ${messageOf(error)}`);
  }

  private stampOf(flowId: string): string | undefined {
    const { fs, root } = this.registry;
    try {
      const stat = fs.statSync(flowPaths(root, flowId).events);
      return `${stat.size}.${stat.mtimeMs}`;
    } catch {
      return undefined;
    }
  }
}
