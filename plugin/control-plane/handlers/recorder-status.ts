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
  /** For how long its thread has given no sign of life, in milliseconds. */
  silentMs: number;
  /** How often its thread was ended because it did not answer. */
  endedSilent: number;
  /** When the oldest signal was received that is not on disk yet. */
  oldestSignalAt: string | null;
  /** How many records and signals it leaves alone because it did not come back from them. */
  setAside: number;
}

/** Null when no gateway works on the registry. */
export function readRecorderStatus({ fs, root, now }: Registry): RecorderStatus | null {
  try {
    const note = readHeartbeatNote({ fs, root });
    if (note === undefined) return null;
    const { connection, backlog, openDeliveries, writtenAt: updatedAt, version, hostVersion, sends } = note;
    const stale = hasAge(now() / 1000 - Date.parse(updatedAt), HEARTBEAT_STALE_AFTER_MS);
    const { silentMs = 0, ended: endedSilent = 0 } = note.threads?.recorder ?? {};
    const setAside = note.setAside?.length ?? 0;
    const oldestSignalAt = note.oldestSignalAt ?? null;
    const thread = { silentMs, endedSilent, oldestSignalAt, setAside };
    return { connection, backlog, openDeliveries, updatedAt, stale, version, hostVersion, sends, ...thread };
  } catch {
    // Half a note is that of a gateway that was killed while it wrote it.
    return null;
  }
}
