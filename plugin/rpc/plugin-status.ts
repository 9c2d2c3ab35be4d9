import { type HeartbeatContent, readHeartbeatNote, realFileSystem, version } from "../../registry-helper/internal.ts";

/**
 * How the plugin stands, from the note that it writes for `doctor`: what a client is told and what a terminal is
 * told are the same. At most as old as the note's interval.
 */
export function pluginStatus(root: string): object {
  return { ok: true, registryRoot: root, version, gateway: readNote(root) ?? null };
}

function readNote(root: string): HeartbeatContent | undefined {
  try {
    return readHeartbeatNote({ fs: realFileSystem, root });
  } catch {
    return undefined;
  }
}
