import { isSecret, newCode } from "./secrets.ts";

/** How long a printed link may wait to be opened, in milliseconds. */
export const LINK_LIFETIME_MS = 10 * 60_000;
/** Links that wait at the same time; the oldest gives way. */
const MOST_LINKS = 20;

/**
 * Codes in links: each is exchanged once, within its time, for what is behind it. A link that stays in a terminal or in
 * a browser's history is worth nothing once it was opened.
 */
export class LinkCodes {
  private readonly now: () => number;
  private codes: { code: string; endsAt: number }[] = [];

  constructor(now: () => number) {
    this.now = now;
  }

  make(): string {
    const code = newCode();
    this.codes = [...this.codes, { code, endsAt: this.now() + LINK_LIFETIME_MS }].slice(-MOST_LINKS);
    return code;
  }

  /** Whether the code is good; it is not any more then. */
  take(given: string): boolean {
    const now = this.now();
    this.codes = this.codes.filter(({ endsAt }) => endsAt > now);
    const found = this.codes.find(({ code }) => isSecret(given, code));
    this.codes = this.codes.filter((one) => one !== found);
    return found !== undefined;
  }

  /** None of the links is good any more. */
  forget(): void {
    this.codes = [];
  }
}
