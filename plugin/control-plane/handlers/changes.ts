import { DEFAULT_LIMIT } from "../../../registry-helper/internal.ts";
import { type Handler, getNumber, getText } from "./handler.ts";

/** What has changed after a cursor, for clients that ask now and then. */
export const listChanges: Handler = ({ context, query }) => {
  const { changes, cursor, reset, more } = context.changes.changesAfter(
    getText(query, "after"),
    getNumber(query, "limit") ?? DEFAULT_LIMIT,
  );
  return { document: { changes, cursor, reset, more } };
};
