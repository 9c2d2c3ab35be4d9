import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { flagIn, type HostRecord, numberIn, recordIn, textIn, withoutGaps } from "../untyped-fields.ts";

/** How this gateway is reached by a program that runs inside of it; or, in one sentence, why it is not. */
export type GatewayAccess = GatewayAddress | { readonly blind: string };

export interface GatewayAddress {
  readonly url: string;
  /** Sent once, after the connection stands. Never logged. */
  readonly auth: { readonly token?: string; readonly password?: string };
  /** The gateway's own certificate (PEM), when it speaks TLS: nobody else is taken for it. */
  readonly certificate?: string;
}

/** The port of a gateway that nobody gave another one. */
const DEFAULT_PORT = 18_789;
/** Where the gateway keeps the certificate that it makes for itself, below its state directory. */
const OWN_CERTIFICATE = ["gateway", "tls", "gateway-cert.pem"];
/** `${NAME}` in a config value whose variable was missing when the host read it. */
const UNRESOLVED_VARIABLE = /\$\{[A-Z_][A-Z0-9_]*\}/;

/** Where the readers of this file look. */
export interface GatewaySources {
  /** The host's live config: what `api.runtime.config.current()` gives. */
  readonly config: unknown;
  /** The gateway's environment; it writes its real port there when it starts. */
  readonly env: NodeJS.ProcessEnv;
  /** The gateway's state directory, for its own certificate. */
  readonly stateDir?: string | undefined;
}

/**
 * Finds the gateway's own address and secret by the rules of the host's own client (2026.9.6): loopback
 * whatever it binds to, the environment's port before the config's, the config's secret before the
 * environment's. Read again before each connect: both may change while the gateway runs.
 */
export function gatewayAccess(sources: GatewaySources): GatewayAccess {
  const gateway = recordIn(recordIn(sources.config)["gateway"]);
  if (textIn(gateway, "mode") === "remote")
    return { blind: "gateway.mode is remote: only a gateway on this machine (gateway.mode local) can be listened to." };
  const auth = findSecret(gateway, sources.env);
  if ("blind" in auth) return auth;
  const port = getPort(gateway, sources.env);
  const tls = recordIn(gateway["tls"]);
  if (flagIn(tls, "enabled") !== true) return { url: `ws://127.0.0.1:${port}`, auth };
  const certificate = ownCertificate(tls, sources);
  if (certificate === undefined)
    return { blind: "the gateway speaks TLS and its certificate cannot be read: set gateway.tls.certPath." };
  return { url: `wss://127.0.0.1:${port}`, auth, certificate };
}

function getPort(gateway: HostRecord, env: NodeJS.ProcessEnv): number {
  const fromEnv = /^(?:[^:]*:)?(\d+)$/.exec(env["OPENCLAW_GATEWAY_PORT"]?.trim() ?? "")?.[1];
  return [Number(fromEnv), numberIn(gateway, "port")].find(isPort) ?? DEFAULT_PORT;
}

function isPort(port: number | undefined): port is number {
  return port !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535;
}

function findSecret(gateway: HostRecord, env: NodeJS.ProcessEnv): GatewayAddress["auth"] | { readonly blind: string } {
  const auth = recordIn(gateway["auth"]);
  const remote = recordIn(gateway["remote"]);
  const token = secretIn(auth, "token") ?? fromEnv(env, "OPENCLAW_GATEWAY_TOKEN") ?? secretIn(remote, "token");
  const password = secretIn(auth, "password") ?? fromEnv(env, "OPENCLAW_GATEWAY_PASSWORD");
  const mode = textIn(auth, "mode") ?? (password === undefined ? "token" : "password");
  switch (mode) {
    case "none":
      return {};
    case "password":
    case "trusted-proxy":
      return password === undefined ? missing(auth, mode, "password") : withoutGaps({ password });
    case "token":
      return token === undefined ? missing(auth, mode, "token") : withoutGaps({ token });
    default:
      return { blind: `gateway.auth.mode ${mode} is not known here: use token or password.` };
  }
}

function missing(auth: HostRecord, mode: string, what: "token" | "password"): { readonly blind: string } {
  const variable = `OPENCLAW_GATEWAY_${what.toUpperCase()}`;
  if (typeof auth[what] === "object" && auth[what] !== null)
    return {
      blind: `gateway.auth.${what} is a secret reference that this gateway does not resolve for plugins: set it as text or as \${${variable}}.`,
    };
  const needs = `gateway.auth.mode is ${mode} and there is no ${what}`;
  return { blind: `${needs}: set gateway.auth.${what} or ${variable}.` };
}

/** A secret as text; a reference to one, or a variable that was not there, is none. */
function secretIn(record: HostRecord, key: string): string | undefined {
  const value = textIn(record, key)?.trim();
  return value === undefined || value === "" || UNRESOLVED_VARIABLE.test(value) ? undefined : value;
}

function fromEnv(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function ownCertificate(tls: HostRecord, { env, stateDir }: GatewaySources): string | undefined {
  const state = stateDir ?? env["OPENCLAW_STATE_DIR"] ?? join(homedir(), ".openclaw");
  const configured = textIn(tls, "certPath")?.replace(/^~(?=\/|$)/, homedir());
  try {
    return readFileSync(configured === undefined ? join(state, ...OWN_CERTIFICATE) : resolve(configured), "utf8");
  } catch {
    return undefined;
  }
}
