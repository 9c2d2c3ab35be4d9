import { join } from "node:path";
import { hasAge } from "../model/age.ts";
import { readTextIfExists } from "../storage/file-system.ts";
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
}

/** A note that was not written for this long was left by a gateway that is gone, in milliseconds. */
export const HEARTBEAT_STALE_AFTER_MS = 35_000;

export function gatewayHeartbeatPath(root: string): string {
  return join(root, ".gateway.json");
}

/** The note of the gateway that works on this registry now; undefined when none does. */
export function readGatewayHeartbeat(registry: Pick<Registry, "fs" | "root" | "now">): HeartbeatContent | undefined {
  const text = readTextIfExists(registry.fs, gatewayHeartbeatPath(registry.root));
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as HeartbeatContent;
    const age = registry.now() / 1000 - Date.parse(note.writtenAt);
    return Number.isNaN(age) || hasAge(age, HEARTBEAT_STALE_AFTER_MS) ? undefined : note;
  } catch {
    return undefined;
  }
}
