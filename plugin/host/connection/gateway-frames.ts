import { flagIn, type HostRecord, numberIn, recordIn, textIn } from "../untyped-fields.ts";

/** The gateway's wire protocol that this code was written against. */
const PROTOCOL = 4;
/**
 * The one pair of names with which the gateway lets a program on its own machine, with its own secret, do
 * without a paired device. Any other pair keeps the connection but loses its scopes.
 */
const CLIENT = { id: "gateway-client", mode: "backend" } as const;
/** Reading the ledger and its broadcasts; `write` for cancelling. Nothing that could change the config. */
const SCOPES = ["operator.read", "operator.write"];
/** Spares us every word of every session: without it all `agent` and `chat` events are sent to us as well. */
const CAPABILITIES = ["session-scoped-events"];

/** A frame from the gateway, as far as it can be read. */
export type GatewayFrame =
  | { readonly kind: "challenge" }
  | { readonly kind: "event"; readonly name: string; readonly payload: unknown; readonly seq: number | undefined }
  | {
      readonly kind: "answer";
      readonly id: string;
      readonly payload: unknown;
      readonly error: GatewayErrorDetails | undefined;
    };

/** Why the gateway did not do what it was asked for, in its own words. */
export interface GatewayErrorDetails {
  readonly code: string;
  readonly message: string;
  /** A finer code, e.g. `AUTH_TOKEN_MISMATCH`. */
  readonly detail: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Reads one text frame; undefined for anything that is no frame of this protocol. */
export function readFrame(text: string): GatewayFrame | undefined {
  let frame: HostRecord;
  try {
    frame = recordIn(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (frame["type"] === "event") {
    const name = textIn(frame, "event");
    if (name === undefined) return undefined;
    if (name === "connect.challenge") return { kind: "challenge" };
    return { kind: "event", name, payload: frame["payload"], seq: numberIn(frame, "seq") };
  }
  const id = textIn(frame, "id");
  if (frame["type"] !== "res" || id === undefined) return undefined;
  const error = frame["ok"] === true ? undefined : readRefusal(frame["error"]);
  return { kind: "answer", id, payload: frame["payload"], error };
}

function readRefusal(value: unknown): GatewayErrorDetails {
  const error = recordIn(value);
  const details = recordIn(error["details"]);
  return {
    code: textIn(error, "code") ?? "UNKNOWN",
    message: textIn(error, "message") ?? "the gateway gave no reason",
    detail: textIn(details, "code") ?? textIn(details, "reason"),
    retryable: flagIn(error, "retryable") === true,
    retryAfterMs: numberIn(error, "retryAfterMs"),
  };
}

export function requestFrame(id: string, method: string, params: object): string {
  return JSON.stringify({ type: "req", id, method, params });
}

/** What the first request of a connection says: who we are, what we may do, and the secret. */
export function connectParams(auth: object, version: string): object {
  return {
    minProtocol: PROTOCOL,
    maxProtocol: PROTOCOL,
    client: { ...CLIENT, displayName: "ClawTask", version, platform: process.platform },
    role: "operator",
    scopes: SCOPES,
    caps: CAPABILITIES,
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
  };
}

/** What the gateway promises when it lets us in. */
export interface Hello {
  /** How often it says something even when nothing happens, in milliseconds. */
  readonly tickMs: number;
  /** The scopes that it really gave. */
  readonly scopes: readonly string[];
}

/** Tick interval that the protocol names where the gateway names none, in milliseconds. */
const DEFAULT_TICK_MS = 30_000;

export function readHello(payload: unknown): Hello {
  const hello = recordIn(payload);
  const tickMs = numberIn(recordIn(hello["policy"]), "tickIntervalMs") ?? 0;
  const scopes = recordIn(hello["auth"])["scopes"];
  return {
    tickMs: tickMs > 0 ? tickMs : DEFAULT_TICK_MS,
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string") : [],
  };
}

/** Scopes that were asked for and not given, e.g. because a role of the operator's forbids them. */
export function missingScopes(hello: Hello): string[] {
  return SCOPES.filter((scope) => !hello.scopes.includes(scope));
}
