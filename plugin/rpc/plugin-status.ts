import { readFile } from "node:fs/promises";
import { gatewayHeartbeatPath, type HeartbeatContent, version } from "../../registry-helper/internal.ts";

/**
 * How the plugin stands, from the note that it writes for `doctor`: what a client is told and what a terminal is
 * told are the same. At most as old as the note's interval.
 */
export async function pluginStatus(root: string): Promise<object> {
  const text = await readFile(gatewayHeartbeatPath(root), "utf8").catch(() => undefined);
  const note = text === undefined ? undefined : (JSON.parse(text) as HeartbeatContent);
  return { ok: true, registryRoot: root, version, gateway: note ?? null };
}
