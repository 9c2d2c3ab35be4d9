import { matchesSecret, generateCode } from "./secrets.ts";

/** How long a printed link may wait to be opened, in milliseconds. */
export const LINK_LIFETIME_MS = 10 * 60_000;
/** Links that wait at the same time; the oldest gives way. */
const MAX_LINKS = 20;

/**
 * Codes in links: each is exchanged once, within its time, for what is behind it. A link that stays in a terminal or in
 * a browser's history is worth nothing once it was opened.
 */
export class OneTimeCodes {
  private readonly now: () => number;
  private codes: { code: string; endsAt: number }[] = [];

  constructor(now: () => number) {
    this.now = now;
  }

  issue(): string {
    const code = generateCode();
    this.codes = [...this.codes, { code, endsAt: this.now() + LINK_LIFETIME_MS }].slice(-MAX_LINKS);
    return code;
  }

  /** Whether the code is good; it is not any more then. */
  redeem(given: string): boolean {
    const now = this.now();
    this.codes = this.codes.filter(({ endsAt }) => endsAt > now);
    const found = this.codes.find(({ code }) => matchesSecret(given, code));
    this.codes = this.codes.filter((one) => one !== found);
    return found !== undefined;
  }

  /** None of the links is good any more. */
  revokeAll(): void {
    this.codes = [];
  }
}
