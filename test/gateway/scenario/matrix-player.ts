import { askInBatches } from "../support/ask-in-batches.ts";
import type { ChannelFailure, FailureLimits } from "../support/channel-failure.ts";
import { runAgent } from "../support/cli-run.ts";
import { addCronJob, runCronJob } from "../support/cron-jobs.ts";
import { ledgerTasks, isDeliveryResolved } from "../support/ledger-view.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import type { Place } from "./chaos-pieces.ts";
import { sayInChat } from "./chaos-starter.ts";
import type { MatrixAgent } from "./matrix-agent.ts";
import { type Cell, type FaultName, findCell } from "./matrix-cells.ts";
import { cellMessages, isStartTold } from "./matrix-evaluation.ts";
import { endRun, isRun, isRunOnRecord, runDelivery, startRun } from "./matrix-runs.ts";
import { restartGateway } from "./restart-gateway.ts";

const STEP_MS = 300_000;
/** Longer than the host's own announcement is waited for, twice. */
const SETTLE_MS = 900_000;
/** Milliseconds of an outage that ends by itself. */
const OUTAGE_MS = 40_000;

/** Plays one round: all its work is at hand, then the fault strikes and everything ends. */
export class MatrixPlayer {
  private readonly stage: Stage;
  private readonly agent: MatrixAgent;

  constructor(stage: Stage, agent: MatrixAgent) {
    this.stage = stage;
    this.agent = agent;
  }

  async play(cells: readonly Cell[]): Promise<void> {
    const fault = cells[0]?.fault ?? "fine";
    this.agent.learn(cells);
    const inChats = cells.filter(isAskedInChat);
    const where = new Map(inChats.map(({ id, where: place }) => [id, place]));
    const say = (id: string): void => sayInChat(this.stage, where.get(id) as Place, `do ${id}`);
    // What is said in one conversation at once becomes one turn.
    for (const { id } of inChats.filter(({ place }) => place === "direct")) await this.ask([id], say);
    await this.ask(
      inChats.filter(({ place }) => place !== "direct").map(({ id }) => id),
      say,
    );
    for (const cell of cells.filter(isCron)) await this.startJob(cell);
    for (const { id } of cells.filter(isInTerminal)) this.startInTerminal(id);
    for (const cell of cells.filter(isRun)) startRun(this.stage, cell);
    await until(() => cells.every((cell) => this.isOnRecord(cell)), {
      what: "all work to be on record",
      deadlineMs: STEP_MS,
      explain: () =>
        cells
          .filter((cell) => !this.isOnRecord(cell))
          .map(({ id }) => id)
          .join(" "),
    });
    // The host repeats a turn whose message it could not send: the fault is not to hit the request itself.
    await until(() => inChats.every((cell) => isStartTold(this.stage, cell)), {
      what: "every start to be told",
      deadlineMs: STEP_MS,
      explain: () =>
        inChats
          .filter((cell) => !isStartTold(this.stage, cell))
          .map(({ id }) => id)
          .join(" "),
    });
    await this.strike(fault, cells);
    await until(() => cells.every((cell) => this.isSettled(cell)), {
      what: `every result of ${fault} to be settled`,
      deadlineMs: SETTLE_MS,
      everyMs: 500,
      explain: () =>
        cells
          .filter((cell) => !this.isSettled(cell))
          .map(({ id, work }) => `${id} ${work}`)
          .join(" "),
    });
  }

  private async strike(fault: FaultName, cells: readonly Cell[]): Promise<void> {
    const { host } = this.stage;
    const release = (): void => {
      for (const { id } of cells) this.agent.release(id);
      for (const cell of cells.filter(isRun)) endRun(this.stage, cell);
    };
    switch (fault) {
      case "fine":
        return release();
      case "403":
        return this.during("refuse-403", cells, release, () => this.settled(cells));
      case "500":
        return this.during("refuse-500", cells, release, () => this.outage());
      case "down":
        return this.during("down", cells, release, () => this.outage());
      case "hang":
        return this.during("hang", cells, release, () => this.outage());
      case "lost-answer":
        await this.fail("drop-after-accept", { timesEach: 1 });
        release();
        await this.settled(cells);
        return this.fail("none");
      case "kill-before":
        this.agent.holdAnnouncements(true);
        release();
        await this.announced(cells);
        await host.kill9();
        this.agent.holdAnnouncements(false);
        return restartGateway(host);
      case "kill-during":
        await this.fail("hang");
        release();
        await this.announced(cells);
        await host.kill9();
        await this.fail("none");
        return restartGateway(host);
      case "kill-after":
        release();
        await until(() => cells.some((cell) => cellMessages(this.stage, cell).length > 0), {
          what: "the first message",
          deadlineMs: STEP_MS,
          everyMs: 5,
        });
        await host.kill9();
        return restartGateway(host);
      case "busy":
        return this.whileBusy(cells, release);
      case "reset":
        for (const { where } of cells) sayInChat(this.stage, where, "/new");
        return release();
    }
  }

  private async during(
    failure: ChannelFailure,
    cells: readonly Cell[],
    release: () => void,
    passes: () => Promise<unknown>,
  ): Promise<void> {
    await this.fail(failure);
    release();
    await this.ended(cells);
    await passes();
    await this.fail("none");
  }

  private async fail(failure: ChannelFailure, limits: FailureLimits = {}): Promise<void> {
    const ends = failure === "hang" ? { forMs: OUTAGE_MS } : {};
    await this.stage.telegram.failWith(failure, { ...ends, ...limits });
    if (this.stage.hasDiscord) await this.stage.discord.failWith(failure, { ...ends, ...limits });
  }

  private async outage(): Promise<void> {
    const until40 = Date.now() + OUTAGE_MS;
    await until(() => Date.now() >= until40, { what: "the outage to pass", deadlineMs: STEP_MS, everyMs: 500 });
  }

  /** The requesters' agents are in a turn when the work ends. */
  private async whileBusy(cells: readonly Cell[], release: () => void): Promise<void> {
    const chats = new Map(cells.filter(isAskedInChat).map((cell) => [`busy-${cell.id}`, cell.where]));
    const one = new Map([...chats].filter(([, place], index) => isFirst([...chats.values()], place, index)));
    await this.ask([...one.keys()], (name) => sayInChat(this.stage, one.get(name) as Place, `be busy ${name}`));
    release();
    await this.ended(cells.filter(({ work }) => work !== "image"));
    for (const name of one.keys()) this.agent.release(name);
  }

  private ask(names: readonly string[], say: (name: string) => void): Promise<void> {
    return askInBatches(names, {
      ask: say,
      receivedAt: (name) => this.agent.heardAt.get(name),
      hasStarted: (name) => this.agent.started.has(name) || this.hasTask(name),
      listStartedByHost: () => Promise.resolve(new Set()),
      deadlineMs: STEP_MS,
    });
  }

  private async startJob({ id, where }: Cell): Promise<void> {
    const { host } = this.stage;
    const deliverTo =
      where.channel === "telegram"
        ? { channel: "telegram", to: where.chatId }
        : { channel: "discord", to: `channel:${where.channelId}` };
    const job = await addCronJob(host, { name: id, payload: { message: `work on ${id}` }, deliverTo });
    await runCronJob(host, job.id);
  }

  /** A command that a restart cuts off fails: that is no failure of the test. */
  private startInTerminal(id: string): void {
    void runAgent(this.stage.host, { message: `work on ${id}`, session: id }).catch(() => undefined);
  }

  private isOnRecord(cell: Cell): boolean {
    return isRun(cell) ? isRunOnRecord(this.stage, cell) : this.hasTask(cell.id);
  }

  private hasTask(id: string): boolean {
    return this.tasks().some(({ label, task }) => findCell(`${label} ${task}`) === id);
  }

  private async announced(cells: readonly Cell[]): Promise<void> {
    const spawned = cells.filter(({ work }) => work === "spawn");
    await until(() => spawned.some(({ id }) => this.agent.announcing.has(id)), {
      what: "an announcement",
      deadlineMs: STEP_MS,
      everyMs: 20,
    });
  }

  private ended(cells: readonly Cell[]): Promise<unknown> {
    // Media and jobs are over only once the host has given up their delivery.
    const waited = cells.filter((cell) => cell.work !== "image" && !isCron(cell) && !isRun(cell));
    const isEnded = ({ id }: Cell): boolean =>
      this.tasks().some(({ label, task, endedAt }) => findCell(`${label} ${task}`) === id && endedAt !== null);
    return until(() => waited.every(isEnded), { what: "the work to end", deadlineMs: STEP_MS, everyMs: 250 });
  }

  private settled(cells: readonly Cell[]): Promise<unknown> {
    return until(() => cells.every((cell) => this.isSettled(cell)), {
      what: "every result to be settled",
      deadlineMs: SETTLE_MS,
      everyMs: 500,
      explain: () =>
        cells
          .filter((cell) => !this.isSettled(cell))
          .map(({ id, work }) => `${id} ${work}`)
          .join(" "),
    });
  }

  private isSettled(cell: Cell): boolean {
    if (isRun(cell)) return isDeliveryResolved({ delivery: runDelivery(this.stage, cell) ?? null });
    const own = this.tasks().filter(({ label, task }) => findCell(`${label} ${task}`) === cell.id);
    return own.length > 0 && own.every(isDeliveryResolved);
  }

  private tasks(): ReturnType<typeof ledgerTasks> {
    return ledgerTasks(this.stage.host);
  }
}

const isCron = ({ work }: Cell): boolean => work.startsWith("cron");
const isInTerminal = ({ work }: Cell): boolean => work === "cli";
const isAskedInChat = (cell: Cell): boolean => !isCron(cell) && !isInTerminal(cell);

function isFirst(places: readonly Place[], place: Place, index: number): boolean {
  return places.findIndex((one) => JSON.stringify(one) === JSON.stringify(place)) === index;
}
