import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import { type Handler, numberOf, textOf } from "./handler.ts";

/** What has changed after a cursor, for clients that ask now and then. */
export const listChanges: Handler = ({ desk, query }) => {
  const { changes, cursor, reset, more } = desk.changes.changesAfter(
    textOf(query, "after"),
    numberOf(query, "limit") ?? DEFAULT_LIMIT,
  );
  return { document: { changes, cursor, reset, more } };
};
