import { hasAge, type TaskCommand } from "../../registry-helper/internal.ts";
import type { CancelResult } from "../host/actions/host-tasks.ts";
import type { CancelRequest } from "../recorder/worker-messages.ts";

export interface CancelExecutorOptions {
  now: () => number;
  cancel: (task: {
    hostTaskId: string;
    requesterSessionKey?: string | undefined;
    reason?: string | undefined;
  }) => Promise<CancelResult>;
  /** The host's id of the work of a run, when the wish does not know it. */
  findHostTaskId: (request: CancelRequest) => Promise<string | undefined>;
  change: (command: TaskCommand) => Promise<unknown>;
  problem: (message: string) => void;
}

/** Pause before an owner that could not be reached is asked again, in milliseconds. */
const RETRY_INTERVAL_MS = 10_000;

/** Carries out what people asked to be stopped: through whoever runs it, with the answer on record. */
export class CancelExecutor {
  private readonly options: CancelExecutorOptions;
  private readonly attemptedAt = new Map<string, number>();
  private requests: readonly CancelRequest[] = [];

  constructor(options: CancelExecutorOptions) {
    this.options = options;
  }

  update(requests: readonly CancelRequest[]): void {
    this.requests = requests;
    const ids = new Set(requests.map(({ taskId }) => taskId));
    for (const taskId of this.attemptedAt.keys()) if (!ids.has(taskId)) this.attemptedAt.delete(taskId);
    this.tick();
  }

  tick(): void {
    for (const request of this.requests) {
      const now = this.options.now();
      if (!hasAge(now - (this.attemptedAt.get(request.taskId) ?? -RETRY_INTERVAL_MS), RETRY_INTERVAL_MS)) continue;
      this.attemptedAt.set(request.taskId, now);
      void this.act(request).catch((error: unknown) =>
        this.options.problem(`cancel of ${request.taskId}: ${String(error)}`),
      );
    }
  }

  private async act(request: CancelRequest): Promise<void> {
    const { taskId } = request;
    const hostTaskId = request.hostTaskId ?? (await this.options.findHostTaskId(request));
    const answer = (outcome: "accepted" | "refused", reason: string): Promise<unknown> =>
      this.options.change({ type: "answer_cancel", taskId, source: "cancel", outcome, reason });
    if (hostTaskId === undefined) {
      await answer("refused", "the host does not know this work (any more)");
      return;
    }
    const requesterSessionKey = request.requesterSessionKey ?? undefined;
    const result = await this.options.cancel({ hostTaskId, requesterSessionKey, reason: request.reason ?? undefined });
    if (result.ok) await answer("accepted", "its owner was told to stop");
    // Nobody could be asked: the wish stands, and is tried again.
    else if (result.reason !== "offline" && result.reason !== "unsure") await answer("refused", result.message);
  }
}
