import { askInBatches } from "../support/ask-in-batches.ts";
import { ledgerTasks } from "../support/ledger-view.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import type { ChaosAgent } from "./chaos-agent.ts";
import { findMessages } from "./chaos-messages.ts";
import { getKind, findName, type Piece, type Place } from "./chaos-pieces.ts";
import type { Round, Trouble } from "./chaos-plan.ts";
import { sayInChat, startPieces } from "./chaos-starter.ts";

/** From a word in a chat to the model's turn. */
const STEP_MS = 90_000;
/** After a message, one to the same place is held back for less than this. */
const QUIET_MS = 3_000;
/** Long enough for a stop that drains; the harness forces it afterwards. */
const DRAIN_MS = 30_000;

/** The host says either of Telegram once its channels have had their turn. */
const TELEGRAM_IS_UP = /\[telegram\].*(starting provider|autostart suppressed)/;
const CHANNEL_REFUSED = /refusing automatic start for (\w+)/g;

/** A time at which something was wrong, in epoch milliseconds. */
export interface TroubledTime {
  readonly what: string;
  readonly from: number;
  to: number;
}

/** Plays the rounds of a plan on a stage: starts the work, and strikes. */
export class ChaosPlayer {
  readonly troubled: TroubledTime[] = [];
  /** When the gateway was killed, in epoch milliseconds. */
  readonly kills: number[] = [];
  private readonly stage: Stage;
  private readonly agent: ChaosAgent;
  private readonly say: (line: string) => void;
  private busyCount = 0;

  constructor(options: { stage: Stage; agent: ChaosAgent; say: (line: string) => void }) {
    this.stage = options.stage;
    this.agent = options.agent;
    this.say = options.say;
  }

  /** When it was stopped in any way, and when a channel lost its answers. */
  get upsets(): TroubledTime[] {
    return this.troubled.filter(({ what }) => /drop-after-accept|SIGTERM|kill -9/.test(what));
  }

  async play(round: Round): Promise<void> {
    const { pieces } = round;
    const held = pieces.filter(({ isHeld }) => isHeld);
    this.say(`${round.title}: ${pieces.length} pieces`);
    await startPieces(this.stage, this.agent, pieces);
    await this.atWork(held);
    const busy = await this.occupy(pieces.filter(({ name }) => round.busy.includes(name)));
    if (round.measured.length > 0) await this.measure(round);
    if (round.endsBusyFirst) await this.endWhileBusy(round.busy, busy);
    for (const trouble of round.troubles) await this.cause(trouble);
    const left = held.filter(({ name }) => !this.agent.isReleased(name));
    for (const { name } of left.slice(0, Math.ceil(left.length / 2))) this.agent.release(name);
    await this.bitten(round);
    await this.stop(round, [...held.map(({ name }) => name), ...busy]);
    if (round.repairsFirst) await this.repair(round);
    if (round.stop !== undefined) await this.restart();
    await this.repair(round);
    for (const name of [...held.map((one) => one.name), ...busy]) this.agent.release(name);
  }

  /** Held work is under way where a test can see it: not only accepted. */
  private async atWork(held: readonly Piece[]): Promise<void> {
    const byModel = held.filter(({ kind, below }) => below === undefined && /^(sub|cron|cli)-/.test(kind));
    await until(() => byModel.every(({ name }) => this.agent.isAtWork(name)), {
      what: "held work to be under way",
      deadlineMs: STEP_MS,
      explain: () =>
        byModel
          .filter(({ name }) => !this.agent.isAtWork(name))
          .map(({ name }) => name)
          .join(" "),
    });
  }

  /** The agent of these places is given something to do that lasts. */
  private async occupy(pieces: readonly Piece[]): Promise<string[]> {
    const holds: string[] = [];
    for (const { place } of pieces) {
      const hold = `busy-${++this.busyCount}`;
      await askInBatches([hold], {
        ask: () => sayInChat(this.stage, place, `be busy ${hold}`),
        receivedAt: () => undefined,
        hasStarted: () => this.agent.isAtWork(hold),
        listStartedByHost: () => Promise.resolve(new Set()),
        deadlineMs: STEP_MS,
      });
      holds.push(hold);
    }
    return holds;
  }

  /** Work ends while its requester is busy, and the requester has a free hand only then. */
  private async endWhileBusy(names: readonly string[], holds: readonly string[]): Promise<void> {
    for (const name of names) this.agent.release(name);
    await until(() => this.haveEnded(names), { what: "work to end while its requester is busy", deadlineMs: STEP_MS });
    for (const hold of holds) this.agent.release(hold);
    await until(() => names.every((name) => findMessages(this.stage, name).length > 0), {
      what: "a busy requester to tell of work that ended meanwhile",
      deadlineMs: STEP_MS,
    });
  }

  /** When all is quiet, commands end one by one, and ClawTask pushes each result. */
  private async measure({ pieces, measured }: Round): Promise<void> {
    const others = pieces.filter(({ isHeld }) => !isHeld).map(({ name }) => name);
    await until(() => this.haveEnded(others), { what: "work that is not held to end", deadlineMs: STEP_MS });
    for (const name of measured) {
      // Right after a message to the same place the next one waits: ClawTask gathers, and Telegram is throttled.
      await until(() => this.isQuiet(), { what: "nothing to be sent for a while", deadlineMs: STEP_MS });
      this.agent.release(name);
      await until(() => findMessages(this.stage, name).length > 0, { what: `word of ${name}`, deadlineMs: STEP_MS });
    }
  }

  private isQuiet(): boolean {
    const { stage } = this;
    const times = [...stage.telegram.sent, ...(stage.hasDiscord ? stage.discord.sent : [])].map(({ at }) => at);
    return Date.now() - Math.max(0, ...times) > QUIET_MS;
  }

  private async cause({ channel, failure, limits }: Trouble): Promise<void> {
    this.troubled.push({ what: `${channel} ${failure}`, from: Date.now(), to: Infinity });
    this.say(`  ${channel}: ${failure}`);
    await this.fake(channel).failWith(failure, limits);
  }

  private async repair({ troubles }: Round): Promise<void> {
    for (const { channel } of troubles) await this.fake(channel).failWith("none");
    for (const time of this.troubled) if (time.to === Infinity) time.to = Date.now();
  }

  /** What is to be told in a channel that does not take it has ended, and a message was tried: several may share one. */
  private async bitten({ troubles, pieces }: Round): Promise<void> {
    for (const { channel, failure } of troubles) {
      const released = pieces
        .filter(({ name, place }) => place.channel === channel && this.agent.isReleased(name))
        .filter((piece) => getKind(piece).announcer !== "nobody" && findMessages(this.stage, piece.name).length === 0)
        // Jobs and media are over only once the host has given up their delivery.
        .filter((piece) => ["subagent", "acp", "exec"].includes(getKind(piece).runtime))
        .map(({ name }) => name);
      const isBitten = (): boolean =>
        this.haveEnded(released) && (failure === "down" || released.length === 0 || this.sendsTo(channel) > 0);
      await until(isBitten, { what: `messages to fail on ${channel}`, deadlineMs: STEP_MS });
    }
  }

  /** The gateway goes, at the moment that the plan says. */
  private async stop({ stop, stopAfterEvents }: Round, held: readonly string[]): Promise<void> {
    if (stop === undefined) return;
    const from = this.events();
    // Where less happens than the plan says, the moment is that of the silence.
    await until(() => this.events() >= from + stopAfterEvents, { what: "the moment", deadlineMs: 3_000 }).catch(
      () => undefined,
    );
    this.say(`  ${stop}`);
    this.troubled.push({ what: stop, from: Date.now(), to: Infinity });
    if (stop === "SIGTERM") {
      const stopping = this.stage.host.stop({ deadlineMs: DRAIN_MS });
      for (const name of held) this.agent.release(name);
      await stopping;
      return;
    }
    this.kills.push(Date.now());
    await this.stage.host.kill9();
  }

  private async restart(): Promise<void> {
    const { host } = this.stage;
    const before = (await host.log()).length;
    await host.restart();
    await until(async () => TELEGRAM_IS_UP.test((await host.log()).slice(before)), {
      what: "word of the channels",
      deadlineMs: STEP_MS,
      everyMs: 250,
    });
    // After three crashes in short order the host starts no channel by itself; a person does what its log says.
    const refused = (await host.log()).slice(before).matchAll(CHANNEL_REFUSED);
    for (const channel of new Set([...refused].map((match) => match[1]))) await host.ask("channels.start", { channel });
    for (const time of this.troubled) if (time.to === Infinity) time.to = Date.now();
  }

  private haveEnded(names: readonly string[]): boolean {
    const ended = new Set(
      ledgerTasks(this.stage.host)
        .filter(({ endedAt }) => endedAt !== null)
        .map(({ label, task }) => findName(`${label} ${task}`)),
    );
    return names.every((name) => ended.has(name));
  }

  private fake(channel: Place["channel"]): Stage["telegram"] | Stage["discord"] {
    return channel === "telegram" ? this.stage.telegram : this.stage.discord;
  }

  /** Tries to send in a channel since its last trouble began. */
  private sendsTo(channel: Place["channel"]): number {
    const from = this.troubled.findLast(({ what }) => what.startsWith(channel))?.from ?? 0;
    if (channel === "telegram")
      return this.stage.telegram.calls.filter(({ at, method }) => at >= from && /^send(?!ChatAction)/.test(method))
        .length;
    return this.stage.discord.calls.filter(({ at, route }) => at >= from && /^POST .*\/messages$/.test(route)).length;
  }

  /** Counts everything that the gateway did towards the outside. */
  private events(): number {
    const { telegram, model } = this.stage;
    return telegram.calls.length + model.requests.length;
  }
}
