import type { IncomingMessage } from "node:http";
import type { Caller } from "../handlers/context.ts";
import { type Access, cookieOf, type Gatekeeper, tokenOf } from "./authenticator.ts";
import { LinkCodes } from "./one-time-codes.ts";
import { derivedSecret, isSecret } from "./secrets.ts";

export interface TokenKeeperOptions {
  token: string;
  isReadOnly: boolean;
  /** Name of the cookie that stands for the token, for pages that send no headers; without it there is none. */
  cookieName?: string;
  now: () => number;
}

/** Lets in who has the token of this server, or the cookie that it gave for it. */
export class TokenKeeper implements Gatekeeper {
  readonly links: LinkCodes;
  readonly cookieName: string | undefined;
  private token: string;
  private readonly scope: Caller["scope"];

  constructor(options: TokenKeeperOptions) {
    this.token = options.token;
    this.links = new LinkCodes(options.now);
    this.cookieName = options.cookieName;
    this.scope = options.isReadOnly ? "read" : "write";
  }

  admit(request: IncomingMessage): Access {
    const token = tokenOf(request);
    if (token !== undefined)
      return isSecret(token, this.token) ? { caller: this.callerOf(request), by: "token" } : { refused: "wrong_token" };
    const cookie = this.cookieName === undefined ? undefined : cookieOf(request, this.cookieName);
    if (cookie === undefined) return { refused: "no_token" };
    return isSecret(cookie, this.cookie)
      ? { caller: this.callerOf(request), by: "cookie" }
      : { refused: "wrong_token" };
  }

  /** The token, for a link that is opened for the first time. */
  exchange(code: string): string | undefined {
    return this.links.take(code) ? this.token : undefined;
  }

  /** The cookie for such a link, as a header says it. Undefined when the link is none or there are no cookies. */
  exchangeForCookie(code: string): string | undefined {
    if (this.cookieName === undefined || !this.links.take(code)) return undefined;
    return `${this.cookieName}=${this.cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Another token is in force: the old one, its cookie and open links are worth nothing any more. */
  rotate(token: string): void {
    this.token = token;
    this.links.forget();
  }

  /** Not the token itself: a cookie goes to every port of this host. It holds as long as the token does. */
  private get cookie(): string {
    return derivedSecret(this.token, "cookie");
  }

  /** Browsers say where a request comes from, in a header that pages cannot set; it only names the actor. */
  private callerOf(request: IncomingMessage): Caller {
    const isPage = request.headers["sec-fetch-site"] !== undefined;
    return { actor: isPage ? "dashboard" : "api", scope: this.scope, mode: "standalone" };
  }
}
