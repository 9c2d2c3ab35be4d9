import { hasAge } from "../../registry-helper/internal.ts";
import type { WakeRequest } from "../recorder/worker-messages.ts";

export interface WakeExecutorOptions {
  now: () => number;
  /** False while another gateway may be doing the same for this registry. */
  mayAct: () => boolean;
  /** Puts a text before the agent of a session, and wakes it. False when the host would not. */
  wakeSession: (sessionKey: string, text: string) => Promise<boolean>;
  problem: (message: string) => void;
}

/**
 * Pauses before the agent is woken for the same state of a run, in milliseconds: the first gives it time to go on by
 * itself, in the turn that the host gives it for a child's result.
 */
export const WAKE_PAUSES_MS = [20_000, 5 * 60_000, 30 * 60_000] as const;
/** The same after a person has answered or steered a run: nobody else would tell the agent. */
export const WAKE_SOON_MS = 1_000;

interface WakeRecord {
  stamp: string;
  times: number;
  /** Epoch ms. */
  lastAt: number;
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
    for (const wake of this.wakes) if (this.isDue(wake)) this.wake(wake);
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

  private wake(wake: WakeRequest): void {
    const known = this.woken.get(wake.runId);
    const times = known?.stamp === wake.stamp ? known.times + 1 : 1;
    this.woken.set(wake.runId, { stamp: wake.stamp, times, lastAt: this.options.now() });
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
