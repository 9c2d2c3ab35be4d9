import type { ServerResponse } from "node:http";
import { sendError, type HttpError } from "../http/error-response.ts";
import type { MountedRequest } from "../http/mount-path.ts";
import { readBody } from "../http/read-body.ts";
import { unauthorized } from "./authenticator.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

/** Where a link that was printed for a page without headers leads (`--ui`). */
export const LOGIN_PATH = "/clawtask/open";

const invalidLinkError = (next: string): HttpError => ({
  status: 401,
  code: "link_invalid",
  detail: "this link was opened before, is too old, or is of a server that has ended",
  remedy: { hint: `make a new one: ${next}` },
});

export interface LoginRoutesOptions {
  authenticator: TokenAuthenticator;
  /** Links with new codes, as they are printed. */
  createLinks: () => LoginLinks;
  /** The command that makes another link. */
  newLinkCommand: string;
}

export interface LoginLinks {
  /** Opens our page, once. */
  link: string;
  /** Opens the page of somebody else, once; undefined when there is none. */
  guestLink: string | undefined;
}

/** What turns printed links into tokens and cookies; no other route needs none. False when the request is for others. */
export async function handleLoginRoutes(
  { authenticator, createLinks, newLinkCommand }: LoginRoutesOptions,
  { raw, path, query, mount }: MountedRequest,
  response: ServerResponse,
  headers: Record<string, string>,
): Promise<boolean> {
  const sendJson = (document: unknown): boolean => {
    response.writeHead(200, { ...headers, "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(document));
    return true;
  };
  const fail = (httpError: HttpError): boolean => {
    sendError(response, httpError, headers);
    return true;
  };
  if (raw.method === "POST" && path === "/api/session/exchange") {
    const body = await readBody(raw);
    if ("httpError" in body) return fail(body.httpError);
    const token = authenticator.redeem(parseCode(body.text));
    return token === undefined ? fail(invalidLinkError(newLinkCommand)) : sendJson({ token });
  }
  if (raw.method === "POST" && path === "/api/session/link") {
    const auth = authenticator.authenticate(raw);
    // A page that was let in by cookie has what it needs; only who holds the token may pass it on.
    if ("failure" in auth || auth.by !== "token") return fail(unauthorized({ failure: "no_token" }));
    return sendJson(createLinks());
  }
  if (raw.method === "GET" && `${mount}${path}` === LOGIN_PATH && authenticator.cookieName !== undefined) {
    const cookie = authenticator.redeemForCookie(new URLSearchParams(query).get("code") ?? "");
    // A browser that has its cookie may open the same link again, such as from its history.
    if (cookie === undefined && "failure" in authenticator.authenticate(raw))
      return fail(invalidLinkError(newLinkCommand));
    const more = cookie === undefined ? {} : { "set-cookie": cookie };
    response.writeHead(303, { ...headers, ...more, location: "/", "cache-control": "no-store" }).end();
    return true;
  }
  return false;
}

function parseCode(text: string | undefined): string {
  try {
    const value = JSON.parse(text ?? "") as { code?: unknown } | null;
    return typeof value?.code === "string" ? value.code : "";
  } catch {
    return "";
  }
}
