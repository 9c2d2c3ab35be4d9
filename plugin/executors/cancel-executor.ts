import type { TaskCommand } from "../../registry-helper/index.ts";
import type { CancelResult } from "../host/actions/host-tasks.ts";
import type { CancelWish } from "../recorder/worker-messages.ts";

export interface CancelRunnerOptions {
  now: () => number;
  cancel: (task: {
    hostTaskId: string;
    requesterSessionKey?: string | undefined;
    reason?: string | undefined;
  }) => Promise<CancelResult>;
  /** The host's id of the work of a run, when the wish does not know it. */
  hostTaskIdOf: (wish: CancelWish) => Promise<string | undefined>;
  change: (command: TaskCommand) => Promise<unknown>;
  problem: (message: string) => void;
}

/** Pause before an owner that could not be reached is asked again, in milliseconds. */
const ASK_AGAIN_MS = 10_000;

/** Carries out what people asked to be stopped: through whoever runs it, with the answer on record. */
export class CancelRunner {
  private readonly options: CancelRunnerOptions;
  private readonly askedAt = new Map<string, number>();
  private wishes: readonly CancelWish[] = [];

  constructor(options: CancelRunnerOptions) {
    this.options = options;
  }

  update(wishes: readonly CancelWish[]): void {
    this.wishes = wishes;
    const ids = new Set(wishes.map(({ taskId }) => taskId));
    for (const taskId of this.askedAt.keys()) if (!ids.has(taskId)) this.askedAt.delete(taskId);
    this.tick();
  }

  tick(): void {
    for (const wish of this.wishes) {
      const now = this.options.now();
      if (now - (this.askedAt.get(wish.taskId) ?? -ASK_AGAIN_MS) < ASK_AGAIN_MS) continue;
      this.askedAt.set(wish.taskId, now);
      void this.act(wish).catch((error: unknown) => this.options.problem(`cancel of ${wish.taskId}: ${String(error)}`));
    }
  }

  private async act(wish: CancelWish): Promise<void> {
    const { taskId } = wish;
    const hostTaskId = wish.hostTaskId ?? (await this.options.hostTaskIdOf(wish));
    const answer = (outcome: "accepted" | "refused", reason: string): Promise<unknown> =>
      this.options.change({ type: "answer_cancel", taskId, source: "cancel", outcome, reason });
    if (hostTaskId === undefined) {
      await answer("refused", "the host does not know this work (any more)");
      return;
    }
    const requesterSessionKey = wish.requesterSessionKey ?? undefined;
    const result = await this.options.cancel({ hostTaskId, requesterSessionKey, reason: wish.reason ?? undefined });
    if (result.ok) await answer("accepted", "its owner was told to stop");
    // Nobody could be asked: the wish stands, and is tried again.
    else if (result.reason !== "offline" && result.reason !== "unsure") await answer("refused", result.message);
  }
}
