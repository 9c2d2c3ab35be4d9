import { statSync } from "node:fs";
import { join } from "node:path";
import {
  changeRun,
  type DeliveryReport,
  isClawTaskError,
  loadRun,
  messageOf,
  parseMicros,
  type Registry,
  runIds,
  type RunState,
  TERMINAL_RUN_STATUSES,
  tickRun,
  waitTargetOf,
  wakeTime,
} from "../../../registry-helper/index.ts";
import { lastReport } from "./last-report.ts";
import { type DeliveryOwner, type OpenDelivery, openDeliveriesOfRun } from "../../delivery/pending-delivery.ts";
import { type ChildLedger, RunChildren } from "./child-watcher.ts";
import { wakeOf } from "./wake-requests.ts";
import { SeenJournals } from "./journal-change-detector.ts";
import type { CronPatchWish, RunWake } from "../worker-messages.ts";

/** How often a run is looked at that waits for a file or a task, in milliseconds. */
const LOOK_AT_WAITS_MS = 10_000;

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
export class RunWatch {
  readonly children: RunChildren;
  private readonly registry: Registry;
  private readonly problem: (message: string) => void;
  private readonly seen = new SeenJournals();
  private readonly open = new Map<string, OpenDelivery[]>();
  private readonly active = new Map<string, ActiveRun>();

  /** @param problem told of what is not the run's own fault; a run that is damaged is shown by `list` and `doctor` */
  constructor(
    registry: Registry,
    ledger: ChildLedger = NO_LEDGER,
    problem: (message: string) => void = () => undefined,
  ) {
    this.registry = registry;
    this.problem = problem;
    this.children = new RunChildren(registry, ledger, problem);
  }

  /** Looks at what changed, and settles what is due. Returns what has still to be told. */
  look(): OpenDelivery[] {
    const present = runIds(this.registry);
    for (const runId of present) this.readIfChanged(runId);
    for (const runId of this.seen.forgetAllBut(new Set(present))) this.forget(runId);
    this.children.tellAgain();
    const now = this.nowMs();
    for (const [runId, { dueAt, state }] of this.active) {
      if ((dueAt === undefined || now < dueAt) && !this.hasNewControls(state)) continue;
      this.tick(runId, now);
    }
    return [...this.open.values()].flat();
  }

  /** Runs in which something could be done now, and whose agent may not know it. */
  wakes(): RunWake[] {
    const now = this.nowMs();
    return [...this.active.values()].flatMap(({ state, stamp }) => wakeOf(state, stamp, now) ?? []);
  }

  /** Wishes to change the cron job of a run. */
  cronPatches(): CronPatchWish[] {
    return [...this.active.values()].flatMap(({ state }) => cronPatchOf(state) ?? []);
  }

  /** @param which the question or message that it is about; without it, the outcome */
  reportDelivery(runId: string, report: DeliveryReport, which: Pick<DeliveryOwner, "of" | "generation"> = {}): boolean {
    const { events } = changeRun(this.registry, runId, { command: { type: "report_delivery", report, ...which } });
    this.readIfChanged(runId);
    return events.length > 0;
  }

  answerCronPatch(answer: { runId: string; outcome: "applied" | "refused"; reason?: string | undefined }): void {
    const { runId, outcome, reason } = answer;
    changeRun(this.registry, runId, { command: { type: "answer_cron_patch", outcome, reason } });
    this.readIfChanged(runId);
  }

  private nowMs(): number {
    return Math.floor(this.registry.now() / 1000);
  }

  private readIfChanged(runId: string): void {
    const stamp = this.stampOf(runId);
    if (stamp === undefined || !this.seen.isNews(runId, stamp, this.nowMs())) return;
    this.read(runId, stamp);
    // What its children were seen to do may have changed it at once.
    const after = this.stampOf(runId);
    if (after !== undefined && after !== stamp) this.read(runId, after);
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
      const open = openDeliveriesOfRun(state, report);
      if (open.length > 0) this.open.set(runId, open);
      // What is woken for is a state of the journal, whatever else is written beside it.
      if (isActive) this.active.set(runId, { state, stamp: stamp.split(" ")[0] ?? stamp, dueAt: this.dueAt(state) });
      this.children.noteRun(state, isActive);
      this.seen.wasRead(runId, stamp);
    } catch (error) {
      // A run that cannot be read is shown by `list` and `doctor`; it must not stop the others.
      this.seen.wasUnreadable(runId, stamp, { error, now: this.nowMs() });
      this.complain(runId, error);
    }
  }

  private complain(runId: string, error: unknown): void {
    if (isClawTaskError(error)) return;
    this.problem(`run ${runId}: ${messageOf(error)}`);
  }

  private dueAt(state: RunState): number | undefined {
    const now = this.registry.now();
    const wake = wakeTime(state, now);
    const isWatched = state.nodes.some(
      ({ status, kind }) => kind === "wait" && (status === "ready" || status === "waiting"),
    );
    const times = [
      ...(wake === undefined ? [] : [Math.ceil((parseMicros(wake.at) ?? now) / 1000)]),
      ...(isWatched && state.status === "running" ? [this.nextLookAtWaits(state, now)] : []),
    ];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** A wait that nobody began is begun at once; files and tasks are looked for now and then. */
  private nextLookAtWaits({ nodes }: RunState, now: number): number {
    const waits = nodes.filter(({ kind }) => kind === "wait");
    const isNew = waits.some(({ status }) => status === "ready");
    const isLooked = waits.some(
      (node) => node.status === "waiting" && ["file_exists", "task"].includes(waitTargetOf(node).type),
    );
    if (isNew) return 0;
    return isLooked ? Math.floor(now / 1000) + LOOK_AT_WAITS_MS : Number.POSITIVE_INFINITY;
  }

  private tick(runId: string, now: number): void {
    try {
      tickRun(this.registry, runId);
    } catch (error) {
      this.complain(runId, error);
    }
    this.readIfChanged(runId);
    const active = this.active.get(runId);
    // Nothing came of it (a claim that ended, say): the next look is no sooner than it has to be.
    if (active !== undefined && (active.dueAt ?? Infinity) <= now) active.dueAt = now + LOOK_AT_WAITS_MS;
    else if (active !== undefined) active.dueAt = this.dueAt(active.state);
  }

  private hasNewControls(state: RunState): boolean {
    const size = sizeOf(join(this.registry.root, "runs", state.runId, "control.jsonl"));
    return size !== undefined && size !== (state.controlBytes ?? 0);
  }

  /**
   * Changes with the journal, and, of a run that goes on, with `state.json`: OpenTask's tools write the event first,
   * and a look in between would take the old state for the new one.
   */
  private stampOf(runId: string): string | undefined {
    const folder = join(this.registry.root, "runs", runId);
    const journal = stampOfFile(join(folder, "events.jsonl"));
    if (journal === undefined || !this.active.has(runId)) return journal;
    return `${journal} ${stampOfFile(join(folder, "state.json")) ?? "-"}`;
  }
}

function stampOfFile(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return `${stat.size}.${stat.mtimeMs}`;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function cronPatchOf({ runId, cronJobId, cronPatch }: RunState): CronPatchWish | undefined {
  if (cronPatch?.outcome !== "asked" || cronJobId === null) return undefined;
  const patch = typeof cronPatch.patch === "object" && cronPatch.patch !== null ? cronPatch.patch : {};
  return { runId, jobId: cronJobId, patch };
}
