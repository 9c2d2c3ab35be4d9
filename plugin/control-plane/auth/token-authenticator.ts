import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Caller } from "../handlers/context.ts";
import { type AuthResult, findCookie, type Authenticator, findToken } from "./authenticator.ts";

export interface TokenAuthenticatorOptions {
  token: string;
  isReadOnly: boolean;
  /** Name of the cookie that stands for the token, for pages that send no headers; without it there is none. */
  cookieName?: string;
  now: () => number;
}

/** Lets in who has the token of this server, or the cookie that it gave for it. */
export class TokenAuthenticator implements Authenticator {
  readonly loginCodes: OneTimeCodes;
  readonly cookieName: string | undefined;
  private token: string;
  private readonly scope: Caller["scope"];

  constructor(options: TokenAuthenticatorOptions) {
    this.token = options.token;
    this.loginCodes = new OneTimeCodes(options.now);
    this.cookieName = options.cookieName;
    this.scope = options.isReadOnly ? "read" : "write";
  }

  authenticate(request: IncomingMessage): AuthResult {
    const token = findToken(request);
    if (token !== undefined)
      return matchesSecret(token, this.token)
        ? { caller: this.getCaller(request), by: "token" }
        : { failure: "wrong_token" };
    const cookie = this.cookieName === undefined ? undefined : findCookie(request, this.cookieName);
    if (cookie === undefined) return { failure: "no_token" };
    return matchesSecret(cookie, this.cookie)
      ? { caller: this.getCaller(request), by: "cookie" }
      : { failure: "wrong_token" };
  }

  /** The token, for a link that is opened for the first time. */
  redeem(code: string): string | undefined {
    return this.loginCodes.redeem(code) ? this.token : undefined;
  }

  /** The cookie for such a link, as a header says it. Undefined when the link is none or there are no cookies. */
  redeemForCookie(code: string): string | undefined {
    if (this.cookieName === undefined || !this.loginCodes.redeem(code)) return undefined;
    return `${this.cookieName}=${this.cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Another token is in force: the old one, its cookie and open links are worth nothing any more. */
  rotate(token: string): void {
    this.token = token;
    this.loginCodes.revokeAll();
  }

  /** Not the token itself: a cookie goes to every port of this host. It holds as long as the token does. */
  private get cookie(): string {
    return deriveSecret(this.token, "cookie");
  }

  /** Browsers say where a request comes from, in a header that pages cannot set; it only names the actor. */
  private getCaller(request: IncomingMessage): Caller {
    const isPage = request.headers["sec-fetch-site"] !== undefined;
    return { actor: isPage ? "dashboard" : "api", scope: this.scope, mode: "standalone" };
  }
}

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

/** Compares without telling by its time how much was right. */
export function matchesSecret(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(computeDigest(given), computeDigest(expected));
}

/** A code for one use, of 192 bits. */
export function generateCode(): string {
  return randomBytes(24).toString("base64url");
}

/** A secret that follows from another and does not give it away. */
export function deriveSecret(secret: string, purpose: string): string {
  return createHmac("sha256", secret).update(`clawtask ${purpose}`).digest("base64url");
}

function computeDigest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
