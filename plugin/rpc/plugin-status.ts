import {
  gatewayHeartbeatPath,
  type HeartbeatContent,
  readTextIfExists,
  realFileSystem,
  version,
} from "../../registry-helper/internal.ts";

/**
 * How the plugin stands, from the note that it writes for `doctor`: what a client is told and what a terminal is
 * told are the same. At most as old as the note's interval.
 */
export function pluginStatus(root: string): object {
  const text = readHeartbeat(root);
  const note = text === undefined ? undefined : (JSON.parse(text) as HeartbeatContent);
  return { ok: true, registryRoot: root, version, gateway: note ?? null };
}

function readHeartbeat(root: string): string | undefined {
  try {
    return readTextIfExists(realFileSystem, gatewayHeartbeatPath(root));
  } catch {
    return undefined;
  }
}
