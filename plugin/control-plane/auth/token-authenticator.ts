import type { IncomingMessage } from "node:http";
import type { Caller } from "../handlers/context.ts";
import { type AuthResult, findCookie, type Authenticator, findToken } from "./authenticator.ts";
import { OneTimeCodes } from "./one-time-codes.ts";
import { deriveSecret, matchesSecret } from "./secrets.ts";

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
