import { statSync } from "node:fs";
import { join } from "node:path";
import {
  commitRun,
  type DeliveryReport,
  getErrorMessage,
  isClawTaskError,
  loadRun,
  readApprovalDefaults,
  nextTimer,
  parseMicros,
  parseWaitTarget,
  type Registry,
  runIds,
  type RunState,
  TERMINAL_RUN_STATUSES,
  tickRun,
} from "../../../registry-helper/internal.ts";
import { type DeliveryOwner, type PendingDelivery, listRunDeliveries } from "../../delivery/pending-delivery.ts";
import type { WorkSubject } from "../../worker/work-note.ts";
import type { CronPatchRequest, WakeRequest } from "../worker-messages.ts";
import { AsideRecords } from "./aside-records.ts";
import { type ChildLedger, ChildWatcher } from "./child-watcher.ts";
import { JournalChangeDetector } from "./journal-change-detector.ts";
import { lastReport } from "./last-report.ts";
import { findWakeRequest } from "./wake-requests.ts";

/** How often a run is looked at that waits for a file or a task, in milliseconds. */
const WAIT_POLL_INTERVAL_MS = 10_000;

/** A run that goes on, and when time may change something in it. */
interface ActiveRun {
  state: RunState;
  stamp: string;
  /** Epoch ms; undefined when only events change it. */
  dueAt: number | undefined;
}

const NO_LEDGER: ChildLedger = { find: () => [], link: () => undefined, cancel: () => undefined };

/**
 * Watches the runs of the registry. Runs are changed by the helper in other processes; only those whose journal grew
 * since the last look are read. Brings them up to the present when time or a control line calls for it. Runs in the
 * worker thread.
 */
export class RunWatcher {
  readonly children: ChildWatcher;
  private readonly registry: Registry;
  private readonly problem: (message: string) => void;
  private readonly journals = new JournalChangeDetector();
  private readonly open = new Map<string, PendingDelivery[]>();
  private readonly active = new Map<string, ActiveRun>();

  private readonly aside: AsideRecords;

  /** @param problem told of what is not the run's own fault; a run that is damaged is shown by `list` and `doctor` */
  constructor(
    registry: Registry,
    ledger: ChildLedger = NO_LEDGER,
    problem: (message: string) => void = () => undefined,
    aside = new AsideRecords(),
  ) {
    this.aside = aside;
    this.registry = registry;
    this.problem = problem;
    this.children = new ChildWatcher(registry, ledger, problem);
  }

  /** Looks at what changed, and settles what is due. Returns what has still to be told. */
  poll(): PendingDelivery[] {
    this.look();
    this.children.retryUnrecorded();
    const now = this.nowMs();
    for (const [runId, { dueAt, state, stamp }] of this.active) {
      if ((dueAt === undefined || now < dueAt) && !this.hasNewControls(state)) continue;
      this.aside.during(toSubject(runId, stamp), () => this.tick(runId, now));
    }
    return [...this.open.values()].flat();
  }

  /** A folder that cannot be listed says nothing of its runs: they are not gone. */
  private look(): void {
    let present: string[];
    try {
      present = runIds(this.registry);
    } catch (error) {
      this.problem(`runs: ${getErrorMessage(error)}`);
      return;
    }
    for (const runId of present) this.readIfChanged(runId);
    for (const runId of this.journals.retainOnly(new Set(present))) this.forget(runId);
  }

  /** Runs in which something could be done now, and whose agent may not know it. */
  wakes(): WakeRequest[] {
    const now = this.nowMs();
    return [...this.active.values()].flatMap(({ state, stamp }) => findWakeRequest(state, stamp, now) ?? []);
  }

  /** Wishes to change the cron job of a run. */
  cronPatches(): CronPatchRequest[] {
    return [...this.active.values()].flatMap(({ state }) => findCronPatchRequest(state) ?? []);
  }

  /** @param which the question or message that it is about; without it, the outcome */
  reportDelivery(runId: string, report: DeliveryReport, which: Pick<DeliveryOwner, "of" | "generation"> = {}): boolean {
    const { events } = commitRun(this.registry, runId, { command: { type: "report_delivery", report, ...which } });
    this.readIfChanged(runId);
    return events.length > 0;
  }

  answerCronPatch(answer: { runId: string; outcome: "applied" | "refused"; reason?: string | undefined }): void {
    const { runId, outcome, reason } = answer;
    commitRun(this.registry, runId, { command: { type: "answer_cron_patch", outcome, reason } });
    this.readIfChanged(runId);
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }

  private readIfChanged(runId: string): void {
    const stamp = this.findStamp(runId);
    if (stamp === undefined || !this.journals.hasChanged(runId, stamp, this.nowMs())) return;
    const subject = toSubject(runId, stamp);
    if (this.aside.isAside(subject)) return;
    this.aside.during(subject, () => {
      this.read(runId, stamp);
      // What its children were seen to do may have changed it at once.
      const after = this.findStamp(runId);
      if (after !== undefined && after !== stamp) this.read(runId, after);
    });
  }

  private forget(runId: string): void {
    this.open.delete(runId);
    this.active.delete(runId);
    this.children.forgetRun(runId);
  }

  private read(runId: string, stamp: string): void {
    this.open.delete(runId);
    this.active.delete(runId);
    try {
      const { run, journal } = loadRun(this.registry, runId);
      const { state } = run;
      const isActive = !TERMINAL_RUN_STATUSES.includes(state.status);
      const report = isActive ? undefined : lastReport(journal.paths.folder, state);
      const open = listRunDeliveries(state, report, readApprovalDefaults(this.registry));
      if (open.length > 0) this.open.set(runId, open);
      // What is woken for is a state of the journal, whatever else is written beside it.
      if (isActive) this.active.set(runId, { state, stamp: stamp.split(" ")[0] ?? stamp, dueAt: this.dueAt(state) });
      this.children.noteRun(state, isActive);
      this.journals.markRead(runId, stamp);
    } catch (error) {
      // A run that cannot be read is shown by `list` and `doctor`; it must not stop the others.
      this.journals.markUnreadable(runId, stamp, { error, now: this.nowMs() });
      this.reportProblem(runId, error);
    }
  }

  private reportProblem(runId: string, error: unknown): void {
    if (isClawTaskError(error)) return;
    this.problem(`run ${runId}: ${getErrorMessage(error)}`);
  }

  private dueAt(state: RunState): number | undefined {
    const now = this.registry.now();
    const wake = nextTimer(state, now);
    const isWatched = state.nodes.some(
      ({ status, kind }) => kind === "wait" && (status === "ready" || status === "waiting"),
    );
    const times = [
      ...(wake === undefined ? [] : [Math.ceil((parseMicros(wake.at) ?? now) / 1000)]),
      ...(isWatched && state.status === "running" ? [this.nextWaitPoll(state, now)] : []),
    ];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** A wait that nobody began is begun at once; files and tasks are looked for now and then. */
  private nextWaitPoll({ nodes }: RunState, now: number): number {
    const waits = nodes.filter(({ kind }) => kind === "wait");
    const isNew = waits.some(({ status }) => status === "ready");
    const isPolled = waits.some(
      (node) => node.status === "waiting" && ["file_exists", "task"].includes(parseWaitTarget(node).type),
    );
    if (isNew) return 0;
    return isPolled ? Math.floor(now / 1000) + WAIT_POLL_INTERVAL_MS : Number.POSITIVE_INFINITY;
  }

  private tick(runId: string, now: number): void {
    try {
      tickRun(this.registry, runId);
    } catch (error) {
      this.reportProblem(runId, error);
    }
    this.readIfChanged(runId);
    const active = this.active.get(runId);
    // Nothing came of it (a claim that ended, say): the next look is no sooner than it has to be.
    if (active !== undefined && (active.dueAt ?? Infinity) <= now) active.dueAt = now + WAIT_POLL_INTERVAL_MS;
    else if (active !== undefined) active.dueAt = this.dueAt(active.state);
  }

  private hasNewControls(state: RunState): boolean {
    const size = findFileSize(join(this.registry.root, "runs", state.runId, "control.jsonl"));
    return size !== undefined && size !== (state.controlBytes ?? 0);
  }

  /**
   * Changes with the journal, and, of a run that goes on, with `state.json`: OpenTask's tools write the event first,
   * and a look in between would take the old state for the new one.
   */
  private findStamp(runId: string): string | undefined {
    const folder = join(this.registry.root, "runs", runId);
    const journal = findFileStamp(join(folder, "events.jsonl"));
    if (journal === undefined || !this.active.has(runId)) return journal;
    return `${journal} ${findFileStamp(join(folder, "state.json")) ?? "-"}`;
  }
}

/** A state of the run's journal. */
function toSubject(runId: string, stamp: string): WorkSubject {
  return { kind: "run", id: runId, stamp: stamp.split(" ")[0] ?? stamp };
}

function findFileStamp(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return `${stat.size}.${stat.mtimeMs}`;
  } catch {
    return undefined;
  }
}

function findFileSize(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function findCronPatchRequest({ runId, cronJobId, cronPatch }: RunState): CronPatchRequest | undefined {
  if (cronPatch?.outcome !== "asked" || cronJobId === null) return undefined;
  const patch = typeof cronPatch.patch === "object" && cronPatch.patch !== null ? cronPatch.patch : {};
  return { runId, jobId: cronJobId, patch };
}
