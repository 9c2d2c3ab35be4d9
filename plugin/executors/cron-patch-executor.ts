import type { JobChange } from "../host/actions/cron-jobs.ts";
import type { CronPatchWish } from "../recorder/worker-messages.ts";

export interface CronPatcherOptions {
  now: () => number;
  patch: (jobId: string, patch: object) => Promise<JobChange>;
  answer: (answer: { runId: string; outcome: "applied" | "refused"; reason?: string }) => Promise<void>;
  problem: (message: string) => void;
}

/** Pause before a gateway that could not be reached is asked again, in milliseconds. */
const ASK_AGAIN_MS = 10_000;

/** Carries out what operators want changed of the cron jobs of runs, with the answer on record. */
export class CronPatcher {
  private readonly options: CronPatcherOptions;
  private readonly askedAt = new Map<string, number>();
  private wishes: readonly CronPatchWish[] = [];

  constructor(options: CronPatcherOptions) {
    this.options = options;
  }

  update(wishes: readonly CronPatchWish[]): void {
    this.wishes = wishes;
    const ids = new Set(wishes.map(({ runId }) => runId));
    for (const runId of this.askedAt.keys()) if (!ids.has(runId)) this.askedAt.delete(runId);
    this.tick();
  }

  /** Called on news and every second. */
  tick(): void {
    for (const wish of this.wishes) {
      const now = this.options.now();
      if (now - (this.askedAt.get(wish.runId) ?? -ASK_AGAIN_MS) < ASK_AGAIN_MS) continue;
      this.askedAt.set(wish.runId, now);
      void this.act(wish).catch((error: unknown) =>
        this.options.problem(`cron job of run ${wish.runId}: ${String(error)}`),
      );
    }
  }

  private async act({ runId, jobId, patch }: CronPatchWish): Promise<void> {
    const result = await this.options.patch(jobId, patch);
    if (result.ok) await this.options.answer({ runId, outcome: "applied" });
    else if (result.isFinal) await this.options.answer({ runId, outcome: "refused", reason: result.message });
  }
}
