import type { ServerResponse } from "node:http";
import type { DoorRequest } from "../http/mount-path.ts";
import { readBody } from "../http/read-body.ts";
import { refuse, type Refusal } from "../http/error-response.ts";
import { unauthorized } from "./unauthorized.ts";
import type { TokenKeeper } from "./token-authenticator.ts";

/** Where a link that was printed for a page without headers leads (`--ui`). */
export const OPEN_PATH = "/clawtask/open";

const wrongLink = (next: string): Refusal => ({
  status: 401,
  code: "link_invalid",
  detail: "this link was opened before, is too old, or is of a server that has ended",
  next: `make a new one: ${next}`,
});

export interface LinkRoutesOptions {
  keeper: TokenKeeper;
  /** Links with new codes, as they are printed. */
  makeLinks: () => Links;
  /** The command that makes another link. */
  again: string;
}

export interface Links {
  /** Opens our page, once. */
  link: string;
  /** Opens the page of somebody else, once; undefined when there is none. */
  guestLink: string | undefined;
}

/** What turns printed links into tokens and cookies; no other route needs none. False when the request is for others. */
export async function answerLinkRoutes(
  { keeper, makeLinks, again }: LinkRoutesOptions,
  { raw, path, query, mount }: DoorRequest,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<boolean> {
  const say = (document: unknown): boolean => {
    response.writeHead(200, { ...headers, "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(document));
    return true;
  };
  const no = (refusal: Refusal): boolean => {
    refuse(response, refusal, headers);
    return true;
  };
  if (raw.method === "POST" && path === "/api/session/exchange") {
    const body = await readBody(raw);
    if ("refusal" in body) return no(body.refusal);
    const token = keeper.exchange(codeIn(body.text));
    return token === undefined ? no(wrongLink(again)) : say({ token });
  }
  if (raw.method === "POST" && path === "/api/session/link") {
    const access = keeper.admit(raw);
    // A page that was let in by cookie has what it needs; only who holds the token may pass it on.
    if ("refused" in access || access.by !== "token") return no(unauthorized({ refused: "no_token" }));
    return say(makeLinks());
  }
  if (raw.method === "GET" && `${mount}${path}` === OPEN_PATH && keeper.cookieName !== undefined) {
    const cookie = keeper.exchangeForCookie(new URLSearchParams(query).get("code") ?? "");
    // A browser that has its cookie may open the same link again, such as from its history.
    if (cookie === undefined && "refused" in keeper.admit(raw)) return no(wrongLink(again));
    const more = cookie === undefined ? {} : { "set-cookie": cookie };
    response.writeHead(303, { ...headers, ...more, location: "/", "cache-control": "no-store" }).end();
    return true;
  }
  return false;
}

function codeIn(text: string | undefined): string {
  try {
    const value = JSON.parse(text ?? "") as { code?: unknown } | null;
    return typeof value?.code === "string" ? value.code : "";
  } catch {
    return "";
  }
}
