import { openToken, readToken, tokenStamp } from "./token-file.ts";
import { messageOf } from "../../../registry-helper/index.ts";

/** How often the token's file is looked at, in milliseconds: so long may an old token still be good. */
export const TOKEN_LOOK_MS = 500;

/** Notices that another process has made a new token (`clawtask serve --rotate-token`). */
export class TokenWatch {
  private readonly root: string;
  private readonly options: { changed: (token: string) => void; problem: (message: string) => void };
  private readonly timer: NodeJS.Timeout;
  private stamp: string | undefined;
  private isLooking = false;

  constructor(root: string, options: TokenWatch["options"]) {
    this.root = root;
    this.options = options;
    this.timer = setInterval(() => void this.look(), TOKEN_LOOK_MS);
    this.timer.unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const stamp = await tokenStamp(this.root);
      if (this.stamp !== undefined && stamp !== this.stamp)
        this.options.changed((await readToken(this.root)) ?? (await openToken(this.root)));
      // A token that was missing has been made just now.
      this.stamp = stamp === "none" ? undefined : stamp;
    } catch (error) {
      this.options.problem(`token: ${messageOf(error)}`);
    } finally {
      this.isLooking = false;
    }
  }
}
