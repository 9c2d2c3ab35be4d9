import type { NodeStatus, RunDocument, RunNode } from "../../registry-helper/model/run-documents.ts";
import type { RunEvent } from "../../registry-helper/model/run-events.ts";

/** Which status may follow which, for whoever acts. An end that was reached by `completed` is final. */
const MAY_FOLLOW: Record<NodeStatus, readonly NodeStatus[]> = {
  pending: ["ready", "failed", "skipped"],
  ready: ["pending", "running", "waiting", "failed", "skipped"],
  running: ["ready", "waiting", "completed", "failed", "skipped"],
  waiting: ["ready", "running", "completed", "failed", "skipped"],
  failed: ["ready", "failed"],
  skipped: ["ready", "pending"],
  completed: [],
};

const STATUS_OF: Partial<Record<RunEvent["event"], NodeStatus>> = {
  "node.pending": "pending",
  "node.ready": "ready",
  "node.started": "running",
  "node.waiting": "waiting",
  "node.completed": "completed",
  "node.failed": "failed",
  "node.skipped": "skipped",
};

interface ModelNode {
  status: NodeStatus;
  needs: string[];
  onFailure: string;
  retries: boolean;
  token: number | undefined;
}

/**
 * A run as somebody would follow it with paper and pencil: it reads the journal and knows who may be in which status.
 * It shares no code with the engine. Each rule that is broken is an entry in `broken`.
 */
export class RunModel {
  readonly nodes = new Map<string, ModelNode>();
  readonly broken: string[] = [];
  private isPaused = false;
  private isCancelled = false;
  private readonly controls = new Set<string>();
  private last = "";

  read(event: RunEvent): void {
    const { event: name, nodeId = "" } = event;
    if (event.timestamp <= this.last) this.broken.push(`${name} is not later than the line before it`);
    this.last = event.timestamp;
    if (name === "run.created") for (const node of event.snapshot?.state.nodes ?? []) this.add(node);
    if (name === "node.added" && event.node !== undefined) this.add(event.node);
    if (name === "run.paused") this.isPaused = true;
    // A run that ends is not paused any more; one that is opened again goes on.
    if (["run.resumed", "run.completed", "run.failed"].includes(name)) this.isPaused = false;
    if (name === "run.cancelled") this.isCancelled = true;
    if (name === "control.recorded" || name === "control.rejected") this.readControl(event);
    const node = this.nodes.get(nodeId);
    if (node === undefined) return;
    if (name === "node.rewired") {
      if (node.status !== "pending" && node.status !== "ready")
        this.broken.push(`${nodeId} rewired while ${node.status}`);
      node.needs = event.needs ?? node.needs;
      node.status = "pending";
    }
    const status = STATUS_OF[name];
    if (status !== undefined && event.implied !== true) this.move(nodeId, node, status, event);
  }

  private add(node: RunNode): void {
    const { id, status, needs, policy } = node;
    if (this.nodes.has(id)) this.broken.push(`${id} is there twice`);
    for (const need of needs)
      if (this.nodes.get(need) === undefined && status === "ready") this.broken.push(`${id} ready`);
    this.nodes.set(id, {
      status,
      needs,
      onFailure: policy?.onFailure ?? "block",
      retries: false,
      token: undefined,
    });
  }

  private readControl({ control, event }: RunEvent): void {
    if (control === undefined) return this.broken.push(`${event} without a control`) as unknown as undefined;
    // What was tried is recorded, and so is that it was refused.
    const key = event === "control.rejected" ? `${control.id} refused` : control.id;
    if (this.controls.has(key)) this.broken.push(`control ${key} twice`);
    this.controls.add(key);
  }

  private move(id: string, node: ModelNode, to: NodeStatus, event: RunEvent): void {
    const isSame = event.event === "node.ready" && node.status === "ready";
    if (!isSame && !MAY_FOLLOW[node.status].includes(to)) this.broken.push(`${id} went from ${node.status} to ${to}`);
    if (this.isCancelled) this.broken.push(`${id} moved in a cancelled run`);
    if ((to === "running" || to === "waiting") && node.status === "ready" && !this.mayStart(node))
      this.broken.push(`${id} went to ${to} before ${node.needs.join(", ")}`);
    if (to === "running" && this.isPaused && node.status === "ready" && event.by !== "observed")
      this.broken.push(`${id} began in a paused run`);
    node.status = to;
    node.retries = event.retryAt !== undefined;
    if (to !== "waiting" && to !== "running") node.token = undefined;
    if (event.claim !== undefined) node.token = event.claim.token ?? event.seq;
  }

  private mayStart({ needs }: ModelNode): boolean {
    return needs.every((id) => this.isSatisfied(this.nodes.get(id)));
  }

  private isSatisfied(node: ModelNode | undefined): boolean {
    if (node === undefined) return false;
    if (node.status === "completed" || node.status === "skipped") return true;
    return node.status === "failed" && !node.retries && node.onFailure === "continue";
  }

  private hasEnded({ status, retries }: ModelNode): boolean {
    return ["completed", "failed", "skipped"].includes(status) && !retries;
  }

  /** After an operation: the documents say what the model says. */
  compare({ state }: RunDocument): void {
    for (const node of state.nodes) {
      const known = this.nodes.get(node.id);
      if (known?.status !== node.status)
        this.broken.push(`${node.id} is ${node.status}, not ${known?.status ?? "there"}`);
      if (known?.token !== node.claim?.token) this.broken.push(`${node.id} is claimed under another token`);
      if (known !== undefined && node.status === "ready" && !this.mayStart(known))
        this.broken.push(`${node.id} is ready before ${known.needs.join(", ")}`);
    }
    const all = [...this.nodes.values()];
    const hasEnded = all.every((node) => this.hasEnded(node));
    const hasFailed = all.some((node) => node.status === "failed" && !node.retries && node.onFailure === "block");
    const expected = this.isCancelled
      ? "cancelled"
      : hasEnded
        ? hasFailed
          ? "failed"
          : "completed"
        : this.isPaused
          ? "paused"
          : "running";
    if (state.status !== expected) this.broken.push(`the run is ${state.status}, not ${expected}`);
    if (!hasEnded && state.archivedAt !== undefined) this.broken.push("the run goes on in the archive");
  }
}
