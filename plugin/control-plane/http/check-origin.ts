import type { IncomingHttpHeaders } from "node:http";
import type { HttpError } from "./error-response.ts";

/** From where requests are taken. */
export interface OriginRules {
  /** Values of `Host`, lower case, such as `127.0.0.1:7433`. */
  hosts: ReadonlySet<string>;
  /** Values of `Origin`. */
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
  const others = more.map((host) => host.toLowerCase());
  return {
    hosts: new Set([...local, ...(port === 80 ? LOOPBACK_NAMES : []), ...others]),
    origins: new Set([
      ...local.map((host) => `http://${host}`),
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
  const host = headers.host?.toLowerCase() ?? "";
  if (!rules.hosts.has(host)) {
    return {
      status: 403,
      code: "host_refused",
      detail: "this server does not answer under that name",
      remedy: { hint: "open it under the address that clawtask serve printed, or name the host with --allow-host" },
    };
  }
  const { origin } = headers;
  if (isUnsafe && origin !== undefined && !rules.origins.has(origin.toLowerCase()))
    return crossOriginError("another origin");
  const site = headers["sec-fetch-site"];
  // Following a link to the page is harmless; reading data or acting is not.
  const isOurs = site === undefined || site === "same-origin" || site === "none";
  if (!isOurs && (isUnsafe || !isStatic)) return crossOriginError("a page of another site");
  return undefined;
}

function crossOriginError(whose: string): HttpError {
  return { status: 403, code: "origin_refused", detail: `requests of ${whose} are refused` };
}

/** Behind the gateway, which knows its own names: a page may act only on the server that it came from. */
export function checkSameOrigin(headers: IncomingHttpHeaders): HttpError | undefined {
  const { origin, host } = headers;
  if (origin === undefined || host === undefined) return undefined;
  const ours = [`http://${host}`, `https://${host}`].map((one) => one.toLowerCase());
  return ours.includes(origin.toLowerCase()) ? undefined : crossOriginError("another origin");
}
