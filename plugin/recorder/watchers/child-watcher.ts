import {
  commitRun,
  getErrorMessage,
  isClawTaskError,
  isTerminalTask,
  type Registry,
  type RunState,
  type TaskRecord,
  type WantedTasks,
} from "../../../registry-helper/internal.ts";
import { RETRY_INTERVAL_MS } from "./journal-change-detector.ts";

/** What the children of runs need of the ledger. */
export interface ChildLedger {
  /** Tasks whose label begins so, or that work in one of these sessions. */
  find: (wanted: WantedTasks) => TaskRecord[];
  /** Writes down that a task belongs to a run. */
  link: (taskId: string, runId: string) => void;
  /** Asks for work to be stopped. */
  cancel: (taskId: string, reason: string) => void;
}

interface NodeRef {
  runId: string;
  nodeId: string;
}

/** What was seen of a task and is not in its run yet. */
interface UnrecordedTask {
  task: TaskRecord;
  nodeRef: NodeRef;
  /** Epoch milliseconds. */
  retryAt: number;
}

/** The label under which a child of a node is spawned, as `next` prints it. */
const LABEL = /^([a-z0-9][a-z0-9._-]{0,63})\/([a-z0-9][a-z0-9._-]{0,63})$/i;

/**
 * Ties the ledger's tasks to the nodes of runs: by the label that `next` prints, or by the bound session. What was
 * seen is told to the run, which decides what it means; an agent that forgets `bind` or the outcome leaves nothing
 * wrong.
 */
export class ChildWatcher {
  private readonly registry: Registry;
  private readonly ledger: ChildLedger;
  private readonly problem: (message: string) => void;
  private readonly active = new Map<string, RunState>();
  private readonly bySession = new Map<string, NodeRef>();
  /** What was told of each task last. */
  private readonly recorded = new Map<string, string>();
  /** What a run could not take yet, by task: told again when the run changes, or after a pause. */
  private readonly unrecorded = new Map<string, UnrecordedTask>();

  /** @param problem told of what is not the run's own fault */
  constructor(registry: Registry, ledger: ChildLedger, problem: (message: string) => void = () => undefined) {
    this.registry = registry;
    this.ledger = ledger;
    this.problem = problem;
  }

  /** Takes a run as it stands now, and looks for work of it that the ledger knows already. */
  noteRun(state: RunState, isActive: boolean): void {
    for (const node of state.nodes) {
      for (const { childSessionKey } of [...(node.attempts ?? []), node])
        if (childSessionKey !== null) this.bySession.set(childSessionKey, { runId: state.runId, nodeId: node.id });
    }
    this.cancelDiscarded(state);
    if (!isActive) {
      this.active.delete(state.runId);
      this.forgetUnrecorded(state.runId);
      return;
    }
    // Tasks that come later are recognized when they come; only what is there already has to be looked for.
    const isNew = !this.active.has(state.runId);
    this.active.set(state.runId, state);
    const open = state.nodes.filter(({ status }) => status === "running" || status === "ready");
    const found = this.ledger.find({
      labelPrefix: isNew ? `${state.runId}/` : undefined,
      sessions: open.flatMap(({ childSessionKey }) => childSessionKey ?? []),
      since: `t-${state.createdAt.slice(0, 10).replaceAll("-", "")}`,
    });
    for (const task of found) this.noteTask(task);
    for (const { task, nodeRef } of [...this.unrecorded.values()])
      if (nodeRef.runId === state.runId && !isNodePending(state, nodeRef.nodeId)) this.noteTask(task);
  }

  /** Tells runs what they did not take: the disk may have been full. */
  retryUnrecorded(): void {
    const now = this.nowMs();
    for (const { task, retryAt } of [...this.unrecorded.values()]) if (now >= retryAt) this.noteTask(task);
  }

  /** The run is not there any more. */
  forgetRun(runId: string): void {
    this.active.delete(runId);
    this.forgetUnrecorded(runId);
    for (const [session, nodeRef] of this.bySession) if (nodeRef.runId === runId) this.bySession.delete(session);
  }

  /** Takes a task as it stands now. */
  noteTask(task: TaskRecord): void {
    this.unrecorded.delete(task.taskId);
    const nodeRef = this.findNodeRef(task);
    if (nodeRef === undefined || !this.active.has(nodeRef.runId)) return;
    const ended = isTerminalTask(task);
    const hostRunId = task.attempts.at(-1)?.runId ?? undefined;
    const cost = ended ? task.usage?.output : null;
    // What was seen of the end of lost work counts for more than that it was taken for lost.
    const status = task.lateResult?.status ?? task.status;
    const signature = [nodeRef.nodeId, ended ? status : "goes on", task.childSessionKey, hostRunId, cost].join(" ");
    if (this.recorded.get(task.taskId) === signature) return;
    try {
      const { state } = commitRun(this.registry, nodeRef.runId, {
        command: {
          type: "observe",
          nodeId: nodeRef.nodeId,
          childSessionKey: task.childSessionKey ?? undefined,
          hostRunId,
          taskId: task.taskId,
          ...(ended ? { ended: { status, summary: getSummary(task) } } : {}),
          ...(task.usage === null || !ended ? {} : { usage: task.usage }),
        },
      });
      if (task.flowId === null) this.ledger.link(task.taskId, nodeRef.runId);
      if (isNodePending(state.state, nodeRef.nodeId))
        this.unrecorded.set(task.taskId, { task, nodeRef, retryAt: Infinity });
      else this.recorded.set(task.taskId, signature);
    } catch (error) {
      // A run that is closed or damaged is shown by `list` and `doctor`; the task itself is on record.
      this.unrecorded.set(task.taskId, { task, nodeRef, retryAt: this.nowMs() + RETRY_INTERVAL_MS });
      if (isClawTaskError(error)) return;
      this.problem(`run ${nodeRef.runId}: ${getErrorMessage(error)}`);
    }
  }

  private forgetUnrecorded(runId: string): void {
    for (const [taskId, { nodeRef }] of this.unrecorded) if (nodeRef.runId === runId) this.unrecorded.delete(taskId);
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }

  private findNodeRef(task: TaskRecord): NodeRef | undefined {
    const [, runId = "", nodeId = ""] = LABEL.exec(task.label ?? "") ?? [];
    const state = this.active.get(runId);
    if (state?.nodes.some(({ id }) => id === nodeId) === true) return { runId, nodeId };
    return task.childSessionKey === null ? undefined : this.bySession.get(task.childSessionKey);
  }

  /** Children of attempts that were given up go on working for nobody. */
  private cancelDiscarded(state: RunState): void {
    for (const node of state.nodes) {
      for (const attempt of [...(node.attempts ?? []), node]) {
        const { childSessionKey, reason } = attempt;
        if (childSessionKey === null || (reason !== "cancelled" && reason !== "timed_out")) continue;
        const [task] = this.ledger
          .find({ sessions: [childSessionKey], since: "" })
          .filter((one) => !isTerminalTask(one) && one.cancel === null);
        if (task !== undefined)
          this.ledger.cancel(task.taskId, `node ${node.id} of run ${state.runId}: ${reason.replace("_", " ")}`);
      }
    }
  }
}

/** A node that waits for others takes no child yet. */
function isNodePending({ nodes }: RunState, nodeId: string): boolean {
  return nodes.find(({ id }) => id === nodeId)?.status === "pending";
}

const SUMMARY_LENGTH = 300;

function getSummary(task: TaskRecord): string | undefined {
  // What a run says of its nodes is shown in its requester's channel.
  if (task.isPrivate === true) return undefined;
  const text = task.errorSummary ?? task.result?.trim().split("\n")[0];
  return text === undefined || text === "" ? undefined : text.slice(0, SUMMARY_LENGTH);
}
