import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  type DeliveryRoute,
  type HeartbeatContent,
  MAX_LIMIT,
  registryPointerPath,
  version,
} from "../registry-helper/internal.ts";
import { AlertSender } from "./alerts/alert-sender.ts";
import { readAlertSettings } from "./alerts/alert-settings.ts";
import { AlertStateFile } from "./alerts/alert-state.ts";
import { GatewayMount } from "./control-plane/gateway-mount.ts";
import { readStaticFiles } from "./control-plane/http/static-files.ts";
import { Outbox } from "./delivery/outbox.ts";
import { WORKER_SESSION } from "./delivery/pending-delivery.ts";
import { SenderLease } from "./delivery/sender-lease.ts";
import { CancelExecutor } from "./executors/cancel-executor.ts";
import { CronPatchExecutor } from "./executors/cron-patch-executor.ts";
import { giveUpMessage, WakeExecutor } from "./executors/wake-executor.ts";
import { GatewayHeartbeat } from "./heartbeat.ts";
import { type CronJob, listCronJobs, listSchedulerJobs, updateSchedulerJob } from "./host/actions/cron-jobs.ts";
import { HostTasks } from "./host/actions/host-tasks.ts";
import { sendMessage, wakeSession } from "./host/actions/send-message.ts";
import { GatewayConnection } from "./host/connection/gateway-connection.ts";
import { gatewayAccess } from "./host/connection/gateway-credentials.ts";
import type { AgentActivity } from "./host/events/agent-activity.ts";
import { findCronDelivery } from "./host/events/cron-events.ts";
import type { HostEvent } from "./host/events/host-events.ts";
import { currentRoute } from "./host/parse-route.ts";
import type { PluginApi } from "./host/plugin-api.ts";
import {
  approvalAccess,
  notifyPolicies,
  registryLocation,
  staleThresholds,
  wakesRuns,
} from "./host/registry-location.ts";
import type { ServiceContext } from "./host/service-context.ts";
import { readSessionUsage } from "./host/session-usage.ts";
import { ProgressTracker } from "./phases/progress-tracker.ts";
import { BroadcastFeed } from "./reconcile/broadcast-feed.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import { Recorder } from "./recorder/recorder.ts";
import type { WakeRequest } from "./recorder/worker-messages.ts";

/** How often open deliveries are looked at when nothing happens, in milliseconds. */
const TICK_MS = 1_000;
/** How often the ledger is held against the host's, in milliseconds. */
const RECONCILE_INTERVAL_MS = 60_000;
/** How often the attention list is looked at for alerts, in milliseconds. */
const ALERT_INTERVAL_MS = 15_000;
/** Longest wait for a message that is on its way when the gateway stops, in milliseconds. */
const STOP_WAIT_MS = 8_000;

/**
 * The worker's code, read when this copy of the plugin is loaded: the folder that it was loaded from is
 * gone after the next reload, while a worker may have to be started again any time later.
 */
const WORKER_CODE = readFileSync(new URL("./ledger-worker.cjs", import.meta.url), "utf8");

/** Everything of ClawTask that exists once in a gateway process. Wiring only: who tells whom. */
export class GatewayService {
  readonly recorder: Recorder;
  readonly controlPlane: GatewayMount;
  private readonly outbox: Outbox;
  private readonly senderLease: SenderLease;
  private readonly connection: GatewayConnection;
  private readonly feed: BroadcastFeed;
  private readonly reconciler: Reconciler;
  private readonly cancels: CancelExecutor;
  private readonly wakeExecutor: WakeExecutor;
  private readonly cronPatchExecutor: CronPatchExecutor;
  private readonly alerts: AlertSender;
  private readonly note: GatewayHeartbeat;
  private readonly tracker = new ProgressTracker();
  private readonly timers: NodeJS.Timeout[];
  private api: PluginApi;
  private getCron: (() => unknown) | undefined;
  private stateDir: string | undefined;

  constructor(api: PluginApi) {
    this.api = api;
    const { root, why } = registryLocation(api, process.env);
    const problem = (message: string): void => this.api.logger.warn(`clawtask: ${message}`);
    this.recorder = new Recorder({
      root,
      notify: notifyPolicies(api),
      approvals: approvalAccess(api),
      staleAfter: staleThresholds(api),
      startWorker: (setup) => new Worker(WORKER_CODE, { eval: true, workerData: setup }),
      onOpen: ({ deliveries, cancels, wakes = [], cronPatches = [] }) => {
        this.outbox.update(deliveries);
        this.cancels.update(cancels);
        this.wakeExecutor.update(wakes);
        this.cronPatchExecutor.update(cronPatches);
      },
      problem,
    });
    this.senderLease = new SenderLease({ root, problem });
    this.outbox = new Outbox({
      now: Date.now,
      mayAct: () => this.senderLease.isHeld,
      report: (owner, report) => this.recorder.report(owner, report),
      send: (route, text, buttons) => sendMessage(this.api, route, { text, buttons }),
      wakeSession: (sessionKey, text, isPrivate) => wakeSession(this.api, sessionKey, text, { isPrivate }),
      problem,
    });
    this.connection = new GatewayConnection({
      credentials: () =>
        gatewayAccess({ config: this.api.runtime.config.current(), env: process.env, stateDir: this.stateDir }),
      version,
      onEvent: (name, payload) => this.feed.broadcast(name, payload),
      onOpen: () => void this.reconciler.run("all"),
      onGap: () => void this.reconciler.run("all"),
      log: { info: (text) => this.api.logger.info(`clawtask: ${text}`), warn: problem },
    });
    const hostTasks = new HostTasks({ gateway: this.connection, api: () => this.api });
    this.feed = new BroadcastFeed({
      handleEvent: (event) => this.handleEvent(event),
      jobs: () => this.cronJobs(),
      findRoute: (sessionKey) => currentRoute(this.api, sessionKey),
      get: (hostTaskId) => hostTasks.get(hostTaskId),
      onResync: () => void this.reconciler.run("all"),
      problem,
    });
    this.reconciler = new Reconciler({
      now: Date.now,
      list: (query) => hostTasks.list(query),
      get: (hostTaskId) => hostTasks.get(hostTaskId),
      findCronDelivery: (run) => findCronDelivery(this.connection, run),
      running: () => this.recorder.running(),
      handleEvent: (event) => this.handleEvent(event),
      take: (signals) => this.recorder.take(signals),
      change: (command) => this.recorder.change(command),
      problem,
    });
    this.cancels = new CancelExecutor({
      now: Date.now,
      cancel: (task) => hostTasks.cancel(task),
      findHostTaskId: async ({ runId, requesterSessionKey: sessionKey }) =>
        runId === null || sessionKey === null
          ? undefined
          : (await hostTasks.resolveRun({ sessionKey, runId }))?.hostTaskId,
      change: (command) => this.recorder.change(command),
      problem,
    });
    this.wakeExecutor = new WakeExecutor({
      now: Date.now,
      mayAct: () => this.senderLease.isHeld && wakesRuns(this.api),
      wakeSession: (sessionKey, text) =>
        wakeSession(this.api, sessionKey, text, { reason: "clawtask: a run can continue" }),
      onGiveUp: (wake) => void this.reportGivenUp(wake, problem),
      problem,
    });
    this.alerts = new AlertSender({
      now: Date.now,
      mayAct: () => this.senderLease.isHeld,
      settings: () => readAlertSettings(this.api.pluginConfig),
      list: async () => {
        const answer = await this.recorder.call("registry.attention", { limit: MAX_LIMIT });
        return "document" in answer ? answer.document.items : undefined;
      },
      store: new AlertStateFile(root),
      send: (route, text) => sendMessage(this.api, route, { text }),
      problem,
    });
    this.cronPatchExecutor = new CronPatchExecutor({
      now: Date.now,
      patch: (jobId, patch) => updateSchedulerJob(this.getCron ?? (() => undefined), jobId, patch),
      answer: (answer) => this.recorder.answerCronPatch(answer),
      problem,
    });
    const apiWorkerCode = readFileSync(new URL("./control-plane-worker.cjs", import.meta.url), "utf8");
    this.controlPlane = new GatewayMount({
      root,
      startWorker: (setup) => new Worker(apiWorkerCode, { eval: true, workerData: setup }),
      onWrite: () => this.recorder.poll(),
      onControl: (runId) => this.requestWake(runId),
      host: () => ({ version: this.api.runtime.version ?? null, connected: this.connection.state.connected }),
      page: readStaticFiles(fileURLToPath(new URL("./dashboard", import.meta.url))),
      problem,
    });
    this.note = new GatewayHeartbeat({
      root,
      facts: () => ({
        ...this.threadFacts(),
        hostVersion: this.api.runtime.version ?? null,
        connection: this.connection.state,
        sends: this.senderLease.isHeld,
        backlog: this.recorder.backlog,
        openDeliveries: this.outbox.length,
      }),
      problem,
    });
    this.timers = [
      setInterval(() => {
        this.outbox.tick();
        this.cancels.tick();
        this.wakeExecutor.tick();
        this.cronPatchExecutor.tick();
      }, TICK_MS),
      setInterval(() => void this.reconciler.run("open"), RECONCILE_INTERVAL_MS),
      setInterval(() => void this.alerts.tick(), ALERT_INTERVAL_MS),
    ];
    for (const timer of this.timers) timer.unref();
    this.connection.start();
    api.logger.info(`clawtask: registry ${root} (${why})`);
    writeRegistryPointer(root).catch((error: unknown) => problem(`root note: ${String(error)}`));
  }

  /** A newer copy of the plugin is there: the host calls go through it from now on. */
  updateApi(api: PluginApi, service: ServiceContext): void {
    this.api = api;
    this.getCron = service.getCron ?? this.getCron;
    this.stateDir = service.stateDir ?? this.stateDir;
  }

  handleEvent(event: HostEvent): void {
    if (event.kind === "cron_changed") return this.feed.cron(event.value);
    this.recorder.handleEvent(event);
    this.outbox.handleEvent(event);
    if (event.kind === "turn_ended") this.recordUsage(event.turn.runId, event.turn.sessionKey);
    this.recordWholeUsage(event);
    this.freezeRoute(event);
  }

  /** Something that an agent did: worth a line in the ledger when it is a step of detached work. */
  handleActivity(activity: AgentActivity): void {
    const observed = this.tracker.note(activity, Date.now());
    if (observed !== undefined) this.recorder.handleEvent({ kind: "step", observed });
  }

  /** A person steered this run: its agent is to know soon. */
  requestWake(runId: string): void {
    this.wakeExecutor.requestWake(runId);
  }

  /** Once for each run: what the agent does not continue is for the person to know. */
  private async reportGivenUp(wake: WakeRequest, problem: (message: string) => void): Promise<void> {
    const message = giveUpMessage(wake);
    const input = { runId: wake.runId, action: "send_message", message, key: `given-up:${wake.runId}` } as const;
    const answer = await this.recorder.call("runs.control", input, "clawtask");
    if ("error" in answer) problem(`run ${wake.runId}: ${answer.error.message}`);
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    const controlPlane = this.controlPlane.stop();
    await Promise.race([this.outbox.stop(), pause(STOP_WAIT_MS, undefined, { ref: false })]);
    await controlPlane;
    await this.recorder.stop();
    await this.connection.close();
    await this.note.stop();
    await this.senderLease.stop();
  }

  private threadFacts(): Pick<HeartbeatContent, "oldestSignalAt" | "threads" | "setAside"> {
    const { oldestSignalAt, setAside, ...recorder } = this.recorder.status;
    return {
      oldestSignalAt: oldestSignalAt === undefined ? null : new Date(oldestSignalAt).toISOString(),
      threads: { recorder, dashboard: this.controlPlane.threadStatus },
      setAside: [...setAside],
    };
  }

  private recordUsage(runId: string, sessionKey: string | undefined): void {
    const usage = this.tracker.findUsage(runId);
    if (usage !== undefined) this.recorder.handleEvent({ kind: "step", observed: { runId, sessionKey, usage } });
  }

  /** The end that the host announces comes after it has closed its books on the run. */
  private recordWholeUsage(event: HostEvent): void {
    const work = getFinishedSession(event);
    if (work === undefined) return;
    const { sessionKey, sessionId, runId } = work;
    void readSessionUsage(this.api, { sessionKey, sessionId })
      .then((usage) => {
        if (usage !== undefined) this.recorder.handleEvent({ kind: "step", observed: { runId, sessionKey, usage } });
      })
      .catch((error: unknown) => this.api.logger.warn(`clawtask: usage of ${sessionKey}: ${String(error)}`));
  }

  /** Where the conversation is that left a command running, or asked for a child: some hooks do not tell. */
  private freezeRoute(event: HostEvent): void {
    if (event.kind === "process_started") {
      const { process } = event;
      if (process.route === undefined)
        this.findRoute(process.sessionKey, (route) => ({ kind: "process_started", process: { ...process, route } }));
    } else if (event.kind === "spawn_accepted") {
      const { spawn } = event;
      if (spawn.route === undefined)
        this.findRoute(spawn.requesterSessionKey, (route) => ({ kind: "spawn_accepted", spawn: { ...spawn, route } }));
    }
  }

  private findRoute(sessionKey: string | undefined, toEvent: (route: DeliveryRoute) => HostEvent): void {
    // Detached work hears from its own children; where it was asked for is no concern of theirs.
    if (sessionKey === undefined || WORKER_SESSION.test(sessionKey)) return;
    void currentRoute(this.api, sessionKey)
      .then((route) => {
        if (route !== undefined) this.recorder.handleEvent(toEvent(route));
      })
      .catch((error: unknown) => this.api.logger.warn(`clawtask: route of ${sessionKey}: ${String(error)}`));
  }

  private async cronJobs(): Promise<readonly CronJob[]> {
    if (this.getCron !== undefined) return await listSchedulerJobs(this.getCron);
    return this.connection.state.connected ? await listCronJobs(this.connection) : [];
  }
}

/** A session that did one piece of work, which the host has just announced as ended. */
function getFinishedSession(
  event: HostEvent,
): { sessionKey: string; sessionId: string | undefined; runId: string } | undefined {
  if (event.kind === "child_ended") {
    const { childSessionKey: sessionKey, runId } = event.spawn;
    return sessionKey === undefined || runId === undefined ? undefined : { sessionKey, sessionId: undefined, runId };
  }
  if (event.kind !== "cron_finished") return undefined;
  const { sessionKey, sessionId } = event.run;
  return sessionKey?.includes(":cron:") === true ? { sessionKey, sessionId, runId: "" } : undefined;
}

/** Tells commands that run outside of an agent's turn (a terminal, a cron command) which registry it is. */
async function writeRegistryPointer(root: string): Promise<void> {
  const path = registryPointerPath(process.env);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${root}\n`);
}
