import type { DatabaseSync } from "node:sqlite";
import { isAwaitingReceipt, WITHOUT_RECEIPT } from "../../domain/delivery/delivery-problem.ts";
import { parseRunFlowId, toRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { deriveRunPhase } from "../../domain/run/phase.ts";
import { getTaskTitle } from "../../domain/task/attention.ts";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import type { AttentionItem, AttentionSubject } from "../../model/attention-item.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { type FlowRecord, isFlowEnded } from "../../model/flow-record.ts";
import { type SuggestedCommand, suggest } from "../../model/remedy.ts";
import { type RunState, SATISFYING_STATUSES } from "../../model/run-documents.ts";
import type { TaskRecord } from "../../model/task-record.ts";
import { formatMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { sqlList } from "../index/sql-list.ts";
import { taskViewer } from "./attention-facts.ts";
import { listFlowsNeedingAttention, listFlowTasks, openFlowRecords } from "./flow-queries.ts";
import { listAttention, type RunReader } from "./list-attention.ts";
import { earlierAttempts, nextAttempt } from "./task-attempts.ts";
import { listTasksNeedingAttention } from "./task-queries.ts";

/** One piece of work as a person thinks of it: a run or a flow with its tasks, or a task of its own. */
export interface WorkItem {
  subject: AttentionSubject;
  title: string;
  /** One word: a phase of a task, a run or a flow. */
  phase: string;
  /** What it is doing, in words. */
  doing: string;
  isBlocked: boolean;
  /** Why it is blocked or waits. */
  why: string | null;
  needsAttention: boolean;
  /** Ended, and no receipt says that the result is with its requester. */
  isDoneNotReported: boolean;
  latestUpdate: string | null;
  /** The command that deals with what is most urgent; null while nothing needs to be done. */
  nextAction: SuggestedCommand | null;
  /** The session that asked for it. */
  owner: string | null;
  lastActivityAt: string;
  /** Which attempt at this work it is, where earlier ones failed and it was asked for again; else left out. */
  attempt?: number;
  /** Steps of a run or tasks of a flow: how many are done, of how many. */
  progress?: { done: number; total: number };
  /** What is open in it, or owed. */
  tasks?: WorkItem[];
}

/** Everything that is under way, owed or in need of attention; what needs attention first, then the latest activity. */
export function listWork(registry: Registry, database: DatabaseSync): WorkItem[] {
  const urgent = new Map<string, AttentionItem>();
  const readRun = readRunsOnce(registry);
  for (const item of listAttention(registry, database, { readRun })) {
    const key = `${item.subject.kind} ${item.subject.id}`;
    if (!urgent.has(key)) urgent.set(key, item);
  }
  const builder = new WorkBuilder(registry, database, { urgent, readRun });
  return [...builder.runs(), ...builder.flows(), ...builder.tasks(), ...builder.unreadable()].sort(
    (one, other) =>
      Number(other.needsAttention) - Number(one.needsAttention) ||
      other.lastActivityAt.localeCompare(one.lastActivityAt),
  );
}

/** Reads each run from the disk once, whoever asks; one that cannot be read is not tried again either. */
function readRunsOnce(registry: Registry): RunReader {
  const known = new Map<string, () => RunState>();
  return (runId) => {
    let answer = known.get(runId);
    if (answer === undefined) {
      try {
        const { state } = loadRun(registry, runId).run;
        answer = () => state;
      } catch (error) {
        answer = () => {
          throw error;
        };
      }
      known.set(runId, answer);
    }
    return answer();
  };
}

/** Builds the items; a task that belongs to a run or a flow is shown there, and nowhere else. */
class WorkBuilder {
  private readonly shown = new Set<string>();
  private readonly registry: Registry;
  private readonly database: DatabaseSync;
  private readonly urgent: ReadonlyMap<string, AttentionItem>;
  private readonly readRun: RunReader;
  private readonly view: ReturnType<typeof taskViewer>;

  constructor(
    registry: Registry,
    database: DatabaseSync,
    { urgent, readRun }: { urgent: ReadonlyMap<string, AttentionItem>; readRun: RunReader },
  ) {
    this.registry = registry;
    this.database = database;
    this.urgent = urgent;
    this.readRun = readRun;
    this.view = taskViewer(registry, database);
  }

  runs(): WorkItem[] {
    const rows = this.database
      .prepare(
        `SELECT runId FROM runs WHERE archivedAt IS NULL AND (status IN ('running', 'paused', 'draft', 'unreadable')
         OR json_extract(delivery, '$.state') IN ${sqlList(WITHOUT_RECEIPT)})`,
      )
      .all()
      .map(({ runId }) => String(runId));
    const urgent = [...this.urgent.values()]
      .filter(({ subject }) => subject.kind === "run")
      .map(({ subject }) => subject.id);
    return [...new Set([...rows, ...urgent])].map((runId) => this.run(runId));
  }

  private run(runId: string): WorkItem {
    const flow = { flowId: toRunFlowId(runId), tasks: [], wait: null };
    try {
      return runItem(this.readRun(runId), { urgent: this.find("run", runId), tasks: this.below(flow) });
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      return unreadable({ kind: "run", id: runId }, this.find("run", runId));
    }
  }

  flows(): WorkItem[] {
    const flows = new Map<string, FlowRecord>();
    for (const flow of [...openFlowRecords(this.database), ...listFlowsNeedingAttention(this.database)])
      if (parseRunFlowId(flow.flowId) === undefined) flows.set(flow.flowId, flow);
    return [...flows.values()]
      .filter((flow) => !isFlowEnded(flow) || isAwaitingReceipt(flow.delivery) || this.find("flow", flow.flowId))
      .map((flow) => flowItem(flow, { urgent: this.find("flow", flow.flowId), tasks: this.below(flow) }));
  }

  tasks(): WorkItem[] {
    return this.items(
      listTasksNeedingAttention(this.database, this.registry.now()).filter(({ taskId }) => !this.shown.has(taskId)),
    );
  }

  /** Flows and days of the ledger that nobody can read; runs stand among the others. */
  unreadable(): WorkItem[] {
    return [...this.urgent.values()]
      .filter(({ kind }) => kind === "flow_unreadable" || kind === "ledger_unreadable")
      .map((item) => unreadable(item.subject, item));
  }

  /** The tasks of a run or flow that are open, owed, or in need of attention. */
  private below(flow: Pick<FlowRecord, "flowId" | "tasks" | "wait">): WorkItem[] {
    const linked = listFlowTasks(this.database, flow as FlowRecord).flatMap(({ task }) => task ?? []);
    for (const { taskId } of linked) this.shown.add(taskId);
    return this.items(linked);
  }

  /** An item for each piece of work that is under way: the attempts at one piece are one item, that of the last. */
  private items(tasks: readonly TaskRecord[]): WorkItem[] {
    const latest = new Map<string, TaskRecord>();
    for (const task of tasks.filter((one) => this.isUnderWay(one))) {
      const last = this.findLastAttempt(task);
      latest.set(last.taskId, last);
    }
    return [...latest.values()].map((task) => {
      this.shown.add(task.taskId);
      return this.task(task);
    });
  }

  private findLastAttempt(task: TaskRecord): TaskRecord {
    const next = nextAttempt(this.database, task);
    return next === undefined ? task : this.findLastAttempt(next);
  }

  private isUnderWay(task: TaskRecord): boolean {
    return !isTerminalTask(task) || isAwaitingReceipt(task.delivery) || this.find("task", task.taskId) !== undefined;
  }

  private task(task: TaskRecord): WorkItem {
    const view = this.view(task);
    const earlier = earlierAttempts(this.database, task);
    const urgent = [task, ...earlier].flatMap(({ taskId }) => this.find("task", taskId) ?? []);
    return {
      subject: { kind: "task", id: task.taskId },
      title: getTaskTitle(task),
      phase: view.phase,
      doing: view.answers.doing,
      isBlocked: view.answers.isBlocked,
      why: view.answers.why,
      needsAttention: urgent.length > 0,
      isDoneNotReported:
        view.answers.isDoneNotReported || earlier.some((one) => this.view(one).answers.isDoneNotReported),
      latestUpdate: view.latestUpdate,
      nextAction: urgent[0]?.suggestion ?? null,
      owner: task.requesterSessionKey,
      lastActivityAt: view.lastActivityAt,
      ...(earlier.length === 0 ? {} : { attempt: earlier.length + 1 }),
    };
  }

  private find(kind: AttentionSubject["kind"], id: string): AttentionItem | undefined {
    return this.urgent.get(`${kind} ${id}`);
  }
}

/** What an item takes from its surroundings. */
interface Surroundings {
  urgent: AttentionItem | undefined;
  tasks: WorkItem[];
}

function runItem(state: RunState, { urgent, tasks }: Surroundings): WorkItem {
  const { phase, doing, why } = deriveRunPhase(state);
  const done = state.nodes.filter(({ status }) => SATISFYING_STATUSES.includes(status)).length;
  return {
    subject: { kind: "run", id: state.runId },
    title: state.title,
    phase,
    doing,
    isBlocked: phase === "blocked" || phase.startsWith("waiting_"),
    why: why ?? urgent?.reason ?? null,
    needsAttention: urgent !== undefined,
    isDoneNotReported: isAwaitingReceipt(state.delivery),
    latestUpdate: state.lastProgressMessage,
    nextAction: urgent?.suggestion ?? null,
    owner: state.sourceSessionKey,
    lastActivityAt: state.updatedAt,
    progress: { done, total: state.nodes.length },
    tasks,
  };
}

function flowItem(flow: FlowRecord, { urgent, tasks }: Surroundings): WorkItem {
  const open = tasks.filter(({ phase }) => phase !== "done" && phase !== "failed").length;
  return {
    subject: { kind: "flow", id: flow.flowId },
    title: flow.title,
    phase: flow.status,
    doing: flow.currentStep ?? flow.status,
    isBlocked: flow.status === "blocked" || flow.status === "waiting",
    why: flow.blocked?.reason ?? flow.wait?.note ?? urgent?.reason ?? null,
    needsAttention: urgent !== undefined,
    isDoneNotReported: isFlowEnded(flow) && isAwaitingReceipt(flow.delivery),
    latestUpdate: flow.latestUpdate,
    nextAction: urgent?.suggestion ?? null,
    owner: flow.ownerSessionKey,
    lastActivityAt: flow.updatedAt,
    progress: { done: flow.tasks.length - open, total: flow.tasks.length },
    tasks,
  };
}

function unreadable(subject: AttentionSubject, urgent: AttentionItem | undefined): WorkItem {
  return {
    subject,
    title: subject.id,
    phase: "unreadable",
    doing: "unreadable",
    isBlocked: true,
    why: urgent?.reason ?? null,
    needsAttention: true,
    isDoneNotReported: false,
    latestUpdate: null,
    nextAction: urgent?.suggestion ?? suggest("repair", subject.id),
    owner: null,
    lastActivityAt: urgent?.since ?? formatMicros(0),
  };
}
