import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { getErrorMessage, isAhead } from "../../registry-helper/internal.ts";

/** A gateway that has not shown a sign of life for this long has lost its claim. */
const STALE_AFTER_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
/** How often a claim that somebody else holds is tried again. */
const RETRY_INTERVAL_MS = 2_000;

/**
 * At most one gateway sends for a registry: two that did would tell every result twice. Recording needs no
 * claim, since commits are safe between processes; only the outbox asks for it. A gateway that was killed
 * leaves a claim that goes stale by itself.
 */
export class SenderLease {
  private readonly root: string;
  private readonly problem: (message: string) => void;
  private release: (() => Promise<void>) | undefined;
  private stopped = false;
  private hasReported = false;
  /** A claim of another gateway that is dated ahead of the clock, and since when it was seen so here. */
  private seen: { modifiedMs: number; atMs: number } | undefined;
  private hasRoot = false;

  constructor(options: { root: string; problem: (message: string) => void }) {
    this.root = options.root;
    this.problem = options.problem;
    void this.attempt();
  }

  get isHeld(): boolean {
    return this.release !== undefined;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.release?.().catch(() => undefined);
    this.release = undefined;
  }

  private async attempt(): Promise<void> {
    if (this.stopped) return;
    try {
      const file = join(this.root, ".gateway");
      // Made once: a registry that was moved away while the gateway runs must not become two.
      if (!this.hasRoot) await mkdir(this.root, { recursive: true, mode: 0o700 });
      this.hasRoot = true;
      await writeFile(file, `${process.pid}\n`, { mode: 0o600 });
      const release = await lockfile.lock(file, {
        realpath: false,
        stale: STALE_AFTER_MS,
        update: HEARTBEAT_INTERVAL_MS,
        onCompromised: () => this.lost(),
      });
      if (this.stopped) await release();
      else this.release = release;
    } catch (error) {
      if (!this.hasReported && isHeldByOther(error)) {
        this.hasReported = true;
        this.problem(
          `another gateway holds ${this.root}, or one was killed a moment ago; results are sent once its claim has gone`,
        );
      } else if (!isHeldByOther(error)) this.problem(`claim of ${this.root}: ${getErrorMessage(error)}`);
      await this.ageIfStuck().catch(() => undefined);
      this.retry();
    }
  }

  /**
   * A claim that a clock dated ahead would count as fresh until the clock has caught up. A gateway that lives renews
   * its claim every few seconds; one that was not renewed while it was looked at is given its true age.
   */
  private async ageIfStuck(): Promise<void> {
    const lock = join(this.root, ".gateway.lock");
    const { mtimeMs: modifiedMs } = await stat(lock);
    const atMs = performance.now();
    if (!isAhead(Date.now() - modifiedMs)) this.seen = undefined;
    else if (this.seen?.modifiedMs !== modifiedMs) this.seen = { modifiedMs, atMs };
    else if (atMs - this.seen.atMs > STALE_AFTER_MS) await utimes(lock, 0, 0);
  }

  private lost(): void {
    this.release = undefined;
    this.problem(`the claim of ${this.root} was lost; nothing is sent until it is back`);
    this.retry();
  }

  private retry(): void {
    if (!this.stopped) setTimeout(() => void this.attempt(), RETRY_INTERVAL_MS).unref();
  }
}

function isHeldByOther(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ELOCKED";
}
