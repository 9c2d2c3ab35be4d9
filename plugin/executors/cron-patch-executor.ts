import { hasAge } from "../../registry-helper/internal.ts";
import type { JobChange } from "../host/actions/cron-jobs.ts";
import type { CronPatchRequest } from "../recorder/worker-messages.ts";

export interface CronPatchExecutorOptions {
  now: () => number;
  patch: (jobId: string, patch: object) => Promise<JobChange>;
  answer: (answer: { runId: string; outcome: "applied" | "refused"; reason?: string }) => Promise<void>;
  problem: (message: string) => void;
}

/** Pause before a gateway that could not be reached is asked again, in milliseconds. */
const RETRY_INTERVAL_MS = 10_000;

/** Carries out what operators want changed of the cron jobs of runs, with the answer on record. */
export class CronPatchExecutor {
  private readonly options: CronPatchExecutorOptions;
  private readonly attemptedAt = new Map<string, number>();
  private requests: readonly CronPatchRequest[] = [];

  constructor(options: CronPatchExecutorOptions) {
    this.options = options;
  }

  update(requests: readonly CronPatchRequest[]): void {
    this.requests = requests;
    const ids = new Set(requests.map(({ runId }) => runId));
    for (const runId of this.attemptedAt.keys()) if (!ids.has(runId)) this.attemptedAt.delete(runId);
    this.tick();
  }

  /** Called on news and every second. */
  tick(): void {
    for (const request of this.requests) {
      const now = this.options.now();
      if (!hasAge(now - (this.attemptedAt.get(request.runId) ?? -RETRY_INTERVAL_MS), RETRY_INTERVAL_MS)) continue;
      this.attemptedAt.set(request.runId, now);
      void this.act(request).catch((error: unknown) =>
        this.options.problem(`cron job of run ${request.runId}: ${String(error)}`),
      );
    }
  }

  private async act({ runId, jobId, patch }: CronPatchRequest): Promise<void> {
    const result = await this.options.patch(jobId, patch);
    if (result.ok) await this.options.answer({ runId, outcome: "applied" });
    else if (result.isFinal) await this.options.answer({ runId, outcome: "refused", reason: result.message });
  }
}
