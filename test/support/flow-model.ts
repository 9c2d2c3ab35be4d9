import type { ErrorCode } from "../../registry-helper/model/errors.ts";
import type { FlowRecord } from "../../registry-helper/model/flow-record.ts";
import type { Json } from "../../registry-helper/model/json.ts";
import type { FlowStep } from "./played-flow.ts";

/** A change as somebody asks for it. */
export interface FlowMove {
  step: FlowStep;
  /** What the caller believes the revision to be, against what it is: 0 is right, -1 is one behind. */
  expected?: number | undefined;
  key?: string | undefined;
}

/** What must come of it: a change, nothing, or the code of the refusal. */
export type FlowVerdict = "changed" | "nothing" | ErrorCode;

/** What stops a flow that is to be cancelled does not change any more. */
const STOPPED_BY_CANCEL = ["link_task", "wait", "block", "resume", "finish", "fail"];

/**
 * A flow as somebody would keep it with paper and pencil. It shares no code with the flows of the registry.
 */
export class FlowModel {
  status: string;
  step: string | null;
  output: Record<string, Json> = {};
  tasks: string[] = [];
  update: string | null = null;
  isCancelWanted = false;
  private readonly keys = new Map<string, string>();

  constructor(step?: string) {
    this.status = step === undefined ? "queued" : "running";
    this.step = step ?? null;
  }

  apply({ step, expected, key }: FlowMove): FlowVerdict {
    const before = key === undefined ? undefined : this.keys.get(key);
    if (before !== undefined) return before === JSON.stringify(step) ? "nothing" : "idempotency_conflict";
    if (step.type !== "settle_cancel" && expected !== undefined && expected !== 0) return "revision_conflict";
    const verdict = this.change(step);
    if (verdict === "changed" && key !== undefined) this.keys.set(key, JSON.stringify(step));
    return verdict;
  }

  private get hasEnded(): boolean {
    return ["succeeded", "failed", "cancelled"].includes(this.status);
  }

  private change(step: FlowStep): FlowVerdict {
    if (step.type === "settle_cancel") {
      if (this.hasEnded || !this.isCancelWanted) return "nothing";
      this.status = "cancelled";
      return "changed";
    }
    if (this.hasEnded) return "flow_over";
    if (this.isCancelWanted && STOPPED_BY_CANCEL.includes(step.type)) return "flow_cancelling";
    switch (step.type) {
      case "link_task":
        if (this.tasks.includes(step.taskId)) return "nothing";
        this.tasks.push(step.taskId);
        return this.goesOn(this.status === "queued" ? "running" : this.status, step.step);
      case "wait":
        return this.goesOn("waiting", step.step);
      case "block":
        return this.goesOn("blocked", step.step);
      case "resume":
        if (this.status === "running" && (step.step ?? this.step) === this.step) return "nothing";
        return this.goesOn("running", step.step);
      case "set_output":
      case "append_output": {
        const known = this.output[step.name];
        if (step.type === "append_output" && known !== undefined && !Array.isArray(known)) return "output_not_a_list";
        this.output[step.name] =
          step.type === "set_output" ? step.value : [...(Array.isArray(known) ? known : []), step.value];
        return this.goesOn(this.status === "queued" ? "running" : this.status);
      }
      case "update":
        this.update = step.update ?? this.update;
        return this.goesOn(this.status === "queued" ? "running" : this.status, step.step);
      case "finish":
        return this.goesOn("succeeded");
      case "fail":
        return this.goesOn("failed");
      case "request_cancel":
        if (this.isCancelWanted) return "nothing";
        this.isCancelWanted = true;
        return "changed";
      default:
        throw new Error(`the model knows no ${step.type}`);
    }
  }

  private goesOn(status: string, step?: string): "changed" {
    this.status = status;
    this.step = step ?? this.step;
    return "changed";
  }

  /** The same of a flow, to be compared. */
  static of(flow: FlowRecord): object {
    const { status, currentStep: step, output, tasks, latestUpdate: update, cancel } = flow;
    return { status, step, output, tasks, update, isCancelWanted: cancel !== null };
  }

  asObject(): object {
    const { status, step, output, tasks, update, isCancelWanted } = this;
    return { status, step, output, tasks, update, isCancelWanted };
  }
}
