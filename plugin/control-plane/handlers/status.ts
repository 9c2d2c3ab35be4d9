import { DEFAULT_LIMIT, listWork } from "../../../registry-helper/internal.ts";
import { memoizeByIndex } from "./cache.ts";
import { getNumber, type Handler } from "./handler.ts";

/** Everything under way, as `clawtask status` lists it. */
export const getStatus: Handler = ({ context, read, query }) => {
  const all = read.query((database) =>
    memoizeByIndex(context, database, "status", () => listWork(context.registry, database)),
  );
  const limit = getNumber(query, "limit") ?? DEFAULT_LIMIT;
  const needAttention = all.filter(({ needsAttention }) => needsAttention).length;
  return { document: { items: all.slice(0, limit), total: all.length, needAttention } };
};
