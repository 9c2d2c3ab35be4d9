import type { ChangeLog } from "../../../registry-helper/views/changes/change-log.ts";
import type { ChangeReader } from "../contract/change-reader.ts";

/** The change log as the application asks it: looked at first, so that a client finds what it has just done. */
export function changesFor(log: ChangeLog): ChangeReader {
  return {
    changesAfter(cursor, limit) {
      while (log.look());
      const present = { changes: [], cursor: log.cursor, more: false };
      if (cursor === undefined) return { ...present, reset: false };
      const page = log.read(cursor, limit);
      return page === undefined ? { ...present, reset: true } : { ...page, reset: false };
    },
  };
}
