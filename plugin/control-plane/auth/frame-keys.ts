import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Caller } from "../handlers/context.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";

/** The header in which the page of the tab sends its key. */
export const FRAME_KEY_HEADER = "x-clawtask-frame";
/** How long a page may read without being loaded again, in milliseconds. */
export const FRAME_KEY_LIFETIME_MS = 12 * 60 * 60_000;
/** Pages that are open at the same time; the oldest gives way. */
const MAX_KEYS = 500;

/**
 * Keys for the page that is shown in a frame of the Control UI. The frame has no origin, so that a cookie would be as good
 * for every sandboxed frame of anybody. Instead each page gets a key in its own document, which no other page can read.
 * A key is good for reading, for whom the gateway let read when the page was loaded.
 */
export class FrameKeys implements Authenticator {
  private readonly now: () => number;
  /** By the hash of the key: a lookup tells nothing by its time about keys that exist. */
  private readonly callers = new Map<string, { caller: Caller; endsAt: number }>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** A key for a page, which reads as this caller. */
  issue({ actor }: Caller): string {
    const key = randomBytes(32).toString("base64url");
    for (const [hash, { endsAt }] of this.callers) {
      if (endsAt > this.now() && this.callers.size < MAX_KEYS) break;
      this.callers.delete(hash);
    }
    const caller: Caller = { actor, scope: "read", mode: "gateway-frame" };
    this.callers.set(hashKey(key), { caller, endsAt: this.now() + FRAME_KEY_LIFETIME_MS });
    return key;
  }

  authenticate({ headers }: IncomingMessage): AuthResult {
    const key = headers[FRAME_KEY_HEADER];
    if (typeof key !== "string" || key === "") return { failure: "no_token" };
    const found = this.callers.get(hashKey(key));
    return found !== undefined && found.endsAt > this.now()
      ? { caller: found.caller, by: "frame" }
      : { failure: "wrong_token" };
  }
}

function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("base64");
}
