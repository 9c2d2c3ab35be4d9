import {
  hasAge,
  HEARTBEAT_STALE_AFTER_MS,
  type HeartbeatContent,
  readHeartbeatNote,
  type Registry,
} from "../../../registry-helper/internal.ts";

/** How the recorder of the gateway that works on this registry stands, or stood when it was last heard of. */
export interface RecorderStatus {
  connection: HeartbeatContent["connection"];
  backlog: number;
  openDeliveries: number;
  updatedAt: string;
  /** It was not heard of for so long that it is gone, most likely. */
  stale: boolean;
  version: string;
  hostVersion: string | null;
  /** False while another gateway sends for the same registry. */
  sends: boolean;
}

/** Null when no gateway works on the registry. */
export function readRecorderStatus({ fs, root, now }: Registry): RecorderStatus | null {
  try {
    const note = readHeartbeatNote({ fs, root });
    if (note === undefined) return null;
    const { connection, backlog, openDeliveries, writtenAt: updatedAt, version, hostVersion, sends } = note;
    const stale = hasAge(now() / 1000 - Date.parse(updatedAt), HEARTBEAT_STALE_AFTER_MS);
    return { connection, backlog, openDeliveries, updatedAt, stale, version, hostVersion, sends };
  } catch {
    // Half a note is that of a gateway that was killed while it wrote it.
    return null;
  }
}
