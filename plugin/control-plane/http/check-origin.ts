import type { IncomingHttpHeaders } from "node:http";
import type { HttpError } from "./error-response.ts";
import { canonicalHost, canonicalOrigin, quotableHost } from "./host-name.ts";

/** From where requests are taken. */
export interface OriginRules {
  /** Values of `Host` in their canonical form, such as `127.0.0.1:7433`. */
  hosts: ReadonlySet<string>;
  /** Values of `Origin` in their canonical form. */
  origins: ReadonlySet<string>;
}

/** Names by which a browser on this machine reaches a server on loopback. */
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/**
 * The rules of a server on loopback.
 *
 * @param more further values of `Host`, such as the name of a reverse proxy: these may be reached with and without TLS
 */
export function loopbackRules(port: number, more: readonly string[] = []): OriginRules {
  const local = LOOPBACK_NAMES.map((name) => `${name}:${port}`);
  const others = more.map((host) => canonicalHost(host) ?? host.toLowerCase());
  return {
    hosts: new Set([...local.map((host) => canonicalHost(host) ?? host), ...others]),
    origins: new Set([
      ...local.map((host) => canonicalOrigin(`http://${host}`) ?? host),
      ...others.flatMap((host) => [`http://${host}`, `https://${host}`]),
    ]),
  };
}

/** What is looked at of a request. */
export interface OriginFacts {
  headers: IncomingHttpHeaders;
  /** It may change something, or opens a stream: `POST`, `DELETE`, an upgrade. */
  isUnsafe: boolean;
  /** Only a page or a part of it is asked for, which holds no data. */
  isStatic: boolean;
}

/**
 * Refuses what a page of somebody else may have made a browser send: a name that leads here by rebinding, an origin that
 * is not ours, a request that the browser itself calls cross-site.
 */
export function checkOrigin({ headers, isUnsafe, isStatic }: OriginFacts, rules: OriginRules): HttpError | undefined {
  const host = canonicalHost(headers.host ?? "");
  if (host === undefined || !rules.hosts.has(host)) return hostError(headers.host);
  const { origin } = headers;
  if (isUnsafe && origin !== undefined && !rules.origins.has(canonicalOrigin(origin) ?? ""))
    return crossOriginError("another origin");
  const site = headers["sec-fetch-site"];
  // Following a link to the page is harmless; reading data or acting is not.
  const isOurs = site === undefined || site === "same-origin" || site === "none";
  if (!isOurs && (isUnsafe || !isStatic)) return crossOriginError("a page of another site");
  return undefined;
}

function hostError(host: string | undefined): HttpError {
  const name = quotableHost(host);
  const how = name === undefined ? "name the host with --allow-host" : `start it with --allow-host ${name}`;
  return {
    status: 403,
    code: "host_refused",
    detail: `this server does not answer under ${name === undefined ? "that name" : `the name ${name}`}`,
    remedy: { hint: `open it under the address that clawtask serve printed, or ${how}` },
  };
}

function crossOriginError(whose: string): HttpError {
  return { status: 403, code: "origin_refused", detail: `requests of ${whose} are refused` };
}

/** The cookie by which the gateway shows the page in a frame. */
const GRANT_COOKIE = /(^|;\s*)__openclaw_plugin_tab_auth_/;

/**
 * Behind the gateway, which knows its own names: a page may read data and act only on the server that it came from. A
 * browser sends cookies along for any page, and every sandboxed page has the origin `null`: neither says whose it is.
 */
export function checkSameOrigin({ headers, isUnsafe, isStatic }: OriginFacts): HttpError | undefined {
  if (isStatic && !isUnsafe) return undefined;
  const { origin, host = "", "sec-fetch-site": site } = headers;
  const name = canonicalHost(host) ?? "";
  const ours = [`http://${name}`, `https://${name}`];
  if (origin !== undefined && !ours.includes(canonicalOrigin(origin) ?? "")) return crossOriginError("another origin");
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return crossOriginError("a page of another site");
  // The grant shows the page; what the page reads, it reads with its own key.
  const isGrantOnly = headers.authorization === undefined && GRANT_COOKIE.test(headers.cookie ?? "");
  return isGrantOnly && site !== "same-origin" ? crossOriginError("a page that has only a cookie") : undefined;
}
