import { join } from "node:path";
import { hasAge } from "../model/age.ts";
import { isJsonObject } from "../model/json.ts";
import { flag, list, nullable, number, oneOf, optional, record, type Shape, text } from "../model/shapes.ts";
import { readTextIfExists } from "../storage/file-system.ts";
import { parseObject } from "../storage/run-projections.ts";
import type { Registry } from "./registry.ts";

/** How the plugin says that it stands, in `.gateway.json` of the registry. */
export interface HeartbeatContent {
  pid: number;
  startedAt: string;
  writtenAt: string;
  /** Version of ClawTask. */
  version: string;
  hostVersion: string | null;
  /** The gateway's own broadcasts: without them automations, command-line runs and processes are seen late or never. */
  connection: { connected: true } | { connected: false; why: string };
  /** False while another gateway sends for the same registry. */
  sends: boolean;
  /** Signals that are not on disk yet. */
  backlog: number;
  openDeliveries: number;
  /** When the oldest signal was received that is not on disk yet. */
  oldestSignalAt?: string | null;
  /** For how long the recorder and the dashboard's thread have given no sign of life, and how often each was ended for it. */
  threads?: { recorder: ThreadStatus; dashboard: ThreadStatus };
  /** What the recorder did not come back from, and leaves alone since. */
  setAside?: SetAside[];
}

/** How a worker thread of the gateway stands. */
export interface ThreadStatus {
  /** For how long it has given no sign of life, in milliseconds. */
  silentMs: number;
  /** Since when, once that is too long; an ISO time. */
  silentSince: string | null;
  /** How often a thread was ended because it did not answer. */
  ended: number;
}

/** Something that a worker thread did not come back from. */
export interface SetAside {
  kind: "run" | "flow" | "signal";
  id: string;
  /** ISO time. */
  at: string;
  why: string;
}

/** A note that was not written for this long was left by a gateway that is gone, in milliseconds. */
export const HEARTBEAT_STALE_AFTER_MS = 35_000;

export function gatewayHeartbeatPath(root: string): string {
  return join(root, ".gateway.json");
}

const connectionShape: Shape<HeartbeatContent["connection"]> = (value) =>
  isJsonObject(value) ? undefined : " is not an object";

const threadShape = record<ThreadStatus>({ silentMs: number, silentSince: nullable(text), ended: number });

/** An older version's note may lack what a newer one says. */
const heartbeatShape = record<Partial<HeartbeatContent> & Pick<HeartbeatContent, "writtenAt">>({
  pid: optional(number),
  startedAt: optional(text),
  writtenAt: text,
  version: optional(text),
  hostVersion: optional(nullable(text)),
  connection: optional(connectionShape),
  sends: optional(flag),
  backlog: optional(number),
  openDeliveries: optional(number),
  oldestSignalAt: optional(nullable(text)),
  threads: optional(record({ recorder: threadShape, dashboard: threadShape })),
  setAside: optional(list(record<SetAside>({ kind: oneOf(["run", "flow", "signal"]), id: text, at: text, why: text }))),
});

/**
 * The note as it was left, however long ago; undefined for half a note, of a gateway that was killed while it wrote it,
 * and for anything else.
 */
export function readHeartbeatNote({ fs, root }: Pick<Registry, "fs" | "root">): HeartbeatContent | undefined {
  const note = parseObject(readTextIfExists(fs, gatewayHeartbeatPath(root)));
  return heartbeatShape(note) === undefined ? (note as unknown as HeartbeatContent) : undefined;
}

/** The note of the gateway that works on this registry now; undefined when none does. */
export function readGatewayHeartbeat(registry: Pick<Registry, "fs" | "root" | "now">): HeartbeatContent | undefined {
  const note = readHeartbeatNote(registry);
  if (note === undefined) return undefined;
  const age = registry.now() / 1000 - Date.parse(note.writtenAt);
  return Number.isNaN(age) || hasAge(age, HEARTBEAT_STALE_AFTER_MS) ? undefined : note;
}
