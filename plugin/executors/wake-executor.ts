import { hasAge } from "../../registry-helper/internal.ts";
import type { WakeRequest } from "../recorder/worker-messages.ts";

export interface WakeExecutorOptions {
  now: () => number;
  /** False while another gateway may be doing the same for this registry. */
  mayAct: () => boolean;
  /** Puts a text before the agent of a session, and wakes it. False when the host would not. */
  wakeSession: (sessionKey: string, text: string) => Promise<boolean>;
  /** No further wake is tried for this state of the run. Called once. */
  onGiveUp: (wake: WakeRequest) => void;
  problem: (message: string) => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Pauses before the agent is woken for the same state of a run, in milliseconds: the first gives it time to continue by
 * itself, in the turn that the host gives it for a child's result; the later ones cost little and cover a weekend.
 */
export const WAKE_PAUSES_MS = [
  20_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  ...Array.from({ length: 6 }, () => 8 * HOUR_MS),
] as const;
/** The same after a person has answered or steered a run: nobody else would tell the agent. */
export const WAKE_SOON_MS = 1_000;

interface WakeRecord {
  stamp: string;
  times: number;
  /** Epoch ms. */
  lastAt: number;
  hasGivenUp: boolean;
}

/** Wakes the agents of runs in which something can be done that they seem not to know of. */
export class WakeExecutor {
  private readonly options: WakeExecutorOptions;
  private readonly woken = new Map<string, WakeRecord>();
  private readonly expedited = new Set<string>();
  private wakes: readonly WakeRequest[] = [];

  constructor(options: WakeExecutorOptions) {
    this.options = options;
  }

  update(wakes: readonly WakeRequest[]): void {
    this.wakes = wakes;
    const ids = new Set(wakes.map(({ runId }) => runId));
    for (const runId of this.woken.keys()) if (!ids.has(runId)) this.woken.delete(runId);
    this.tick();
  }

  /** A person changed something in this run: its agent is to know soon. */
  requestWake(runId: string): void {
    this.expedited.add(runId);
  }

  /** Called on news and every second. */
  tick(): void {
    if (!this.options.mayAct()) return;
    for (const wake of this.wakes) {
      if (this.isDue(wake)) this.wake(wake);
      else if (this.isGivenUp(wake)) this.giveUp(wake);
    }
  }

  private isDue(wake: WakeRequest): boolean {
    const known = this.woken.get(wake.runId);
    const before = known?.stamp === wake.stamp ? known : undefined;
    if (before === undefined) {
      const pause = this.expedited.has(wake.runId) ? WAKE_SOON_MS : WAKE_PAUSES_MS[0];
      const ageMs = this.options.now() - wake.since;
      // A run that was changed while a clock was ahead is not left asleep until the clock has caught up.
      return ageMs >= pause || ageMs < -WAKE_PAUSES_MS[0];
    }
    const pause = WAKE_PAUSES_MS[before.times];
    return pause !== undefined && hasAge(this.options.now() - before.lastAt, pause);
  }

  private isGivenUp({ runId, stamp }: WakeRequest): boolean {
    const known = this.woken.get(runId);
    return (
      known?.stamp === stamp && known.times === WAKE_PAUSES_MS.length && !known.hasGivenUp && this.hasWaited(known)
    );
  }

  /** The last wake has the same time to take effect as the one before it. */
  private hasWaited({ lastAt }: WakeRecord): boolean {
    return hasAge(this.options.now() - lastAt, WAKE_PAUSES_MS.at(-1) ?? 0);
  }

  private giveUp(wake: WakeRequest): void {
    const known = this.woken.get(wake.runId);
    if (known !== undefined) known.hasGivenUp = true;
    this.options.onGiveUp(wake);
  }

  private wake(wake: WakeRequest): void {
    const known = this.woken.get(wake.runId);
    const times = known?.stamp === wake.stamp ? known.times + 1 : 1;
    this.woken.set(wake.runId, { stamp: wake.stamp, times, lastAt: this.options.now(), hasGivenUp: false });
    this.expedited.delete(wake.runId);
    this.options
      .wakeSession(wake.sessionKey, wakePrompt(wake))
      .then((isWoken) => {
        if (!isWoken) this.options.problem(`the host would not wake the session of run ${wake.runId}`);
      })
      .catch((error: unknown) => this.options.problem(`waking the session of run ${wake.runId}: ${String(error)}`));
  }
}

/** What the agent reads. The helper's own words say the rest. */
export function wakePrompt({ runId, why }: WakeRequest): string {
  return `Continue ClawTask run ${runId}: ${why}. Call the clawtask skill's helper with: next ${runId} --claim, and do what it says. If nothing can be done, answer NO_REPLY.`;
}

/** What the requester is told, once, when the agent of a run does not continue it. */
export function giveUpMessage({ runId, title, why }: WakeRequest): string {
  return `"${title}" is not making progress: ${why}, and its agent did not respond to ${WAKE_PAUSES_MS.length} reminders. Ask the agent to continue run ${runId}, or stop it with /run cancel ${runId}.`;
}
