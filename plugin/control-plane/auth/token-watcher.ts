import { getErrorMessage } from "../../../registry-helper/internal.ts";
import { loadOrCreateToken, readToken, readTokenStamp } from "./token-file.ts";

/** How often the token's file is looked at, in milliseconds: so long may an old token still be good. */
export const TOKEN_POLL_MS = 500;

/** Notices that another process has made a new token (`clawtask serve --rotate-token`). */
export class TokenWatcher {
  private readonly root: string;
  private readonly options: {
    onChange: (token: string) => void;
    problem: (message: string) => void;
    /** Throws when the registry is not the one that the token is of. */
    check?: () => void;
  };
  private readonly timer: NodeJS.Timeout;
  private stamp: string | undefined;
  private isPolling = false;
  private lastProblem = "";

  constructor(root: string, options: TokenWatcher["options"]) {
    this.root = root;
    this.options = options;
    this.timer = setInterval(() => void this.poll(), TOKEN_POLL_MS);
    this.timer.unref();
    void this.poll();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async poll(): Promise<void> {
    if (this.isPolling) return;
    this.isPolling = true;
    try {
      this.options.check?.();
      const stamp = await readTokenStamp(this.root);
      if (this.stamp !== undefined && stamp !== this.stamp)
        this.options.onChange((await readToken(this.root)) ?? (await loadOrCreateToken(this.root)));
      // A token that was missing has been made just now.
      this.stamp = stamp === "none" ? undefined : stamp;
    } catch (error) {
      const problem = getErrorMessage(error);
      if (problem !== this.lastProblem) this.options.problem(problem);
      this.lastProblem = problem;
      return;
    } finally {
      this.isPolling = false;
    }
  }
}
