import type { ServerResponse } from "node:http";
import type { DoorRequest } from "../http/locate.ts";
import { readBody } from "../http/read-body.ts";
import { refuse, type Refusal, unauthorized } from "../http/refusal.ts";
import type { TokenKeeper } from "./token-keeper.ts";

/** Where a link that was printed for a page without headers leads (`--ui`). */
export const OPEN_PATH = "/clawtask/open";

const WRONG_LINK: Refusal = {
  status: 401,
  code: "link_invalid",
  detail: "this link was opened before, is too old, or is of a server that has ended",
  next: "make a new one: clawtask serve --link",
};

export interface LinkRoutesOptions {
  keeper: TokenKeeper;
  /** A link with a new code, as it is printed. */
  makeLink: () => string;
}

/** What turns printed links into tokens and cookies; no other route needs none. False when the request is for others. */
export async function answerLinkRoutes(
  { keeper, makeLink }: LinkRoutesOptions,
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
    return token === undefined ? no(WRONG_LINK) : say({ token });
  }
  if (raw.method === "POST" && path === "/api/session/link") {
    const access = keeper.admit(raw);
    // A page that was let in by cookie has what it needs; only who holds the token may pass it on.
    if ("refused" in access || access.by !== "token") return no(unauthorized({ refused: "no_token" }));
    return say({ link: makeLink() });
  }
  if (raw.method === "GET" && `${mount}${path}` === OPEN_PATH && keeper.cookieName !== undefined) {
    const cookie = keeper.exchangeForCookie(new URLSearchParams(query).get("code") ?? "");
    if (cookie === undefined) return no(WRONG_LINK);
    response.writeHead(303, { ...headers, "set-cookie": cookie, location: "/", "cache-control": "no-store" }).end();
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
