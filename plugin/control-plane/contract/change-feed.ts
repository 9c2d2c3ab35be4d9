import type { Change } from "../../../registry-helper/internal.ts";

/** Changes after a cursor, the oldest first. */
export interface ChangeFeedPage {
  changes: readonly Change[];
  /** Where the next page begins. */
  cursor: string;
  /** True when the cursor is unknown or too old: what a client holds may have gaps, so it has to read anew. */
  reset: boolean;
  /** True when there are further changes behind this page. */
  more: boolean;
}

export interface ChangeFeed {
  /** @param cursor undefined for the present: no changes, and the cursor to go on from */
  changesAfter(cursor: string | undefined, limit: number): ChangeFeedPage;
}

/** Tells nothing, for an API worker that keeps no change log. */
export const NO_CHANGES: ChangeFeed = {
  changesAfter: (cursor) => ({ changes: [], cursor: cursor ?? "0.0", reset: false, more: false }),
};
