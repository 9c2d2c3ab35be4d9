import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { get } from "./request.ts";

/** A list that is read page by page as somebody scrolls, and whose beginning is kept up to date. */
export interface LiveList<Row> {
  rows: readonly Row[];
  /** Cursor of what has not been read yet; null at the end. */
  next: string | null;
}

export interface LiveListSource<Row> {
  queryKey: readonly unknown[];
  /** The address of a page. */
  getUrl: (before: string | null) => string;
  parsePage: (answer: unknown) => { rows: Row[]; next: string | null };
  getId: (row: Row) => string;
  /** The place of a row in the list: greater comes first. */
  getSortKey: (row: Row) => string;
  refetchInterval?: number;
}

/**
 * Only the first page is asked again when something changed: it is put in place of what was there, and rows further
 * down stay as they were. So a long list costs no more to keep up to date than a short one.
 */
export function useLiveList<Row>(source: LiveListSource<Row>): {
  list: LiveList<Row> | undefined;
  error: Error | null;
  loadMore: () => void;
} {
  const client = useQueryClient();
  const loading = useRef<string | null>(null);
  const { queryKey } = source;
  const query = useQuery({
    queryKey,
    // Comparing thousands of records with themselves at every page would hold the page up.
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const page = source.parsePage(await get(source.getUrl(null), signal));
      return withFirstPage(client.getQueryData<LiveList<Row>>(queryKey), page, source);
    },
    ...(source.refetchInterval === undefined ? {} : { refetchInterval: source.refetchInterval }),
  });
  const next = query.data?.next ?? null;
  const latest = useRef(source);
  latest.current = source;
  const loadMore = useCallback(() => {
    if (next === null || loading.current === next) return;
    loading.current = next;
    void loadPage(client, latest.current, next).finally(() => (loading.current = null));
  }, [client, next]);
  return { list: query.data, error: query.error, loadMore };
}

async function loadPage<Row>(client: QueryClient, source: LiveListSource<Row>, before: string): Promise<void> {
  const page = source.parsePage(await get(source.getUrl(before)));
  client.setQueryData<LiveList<Row>>(source.queryKey, (list) => {
    if (list === undefined || list.next !== before) return list;
    const known = new Set(list.rows.map(source.getId));
    return { rows: [...list.rows, ...page.rows.filter((row) => !known.has(source.getId(row)))], next: page.next };
  });
}

/** What the first page says counts for its stretch of the list; what lies behind it stays. */
export function withFirstPage<Row>(
  old: LiveList<Row> | undefined,
  page: { rows: Row[]; next: string | null },
  { getId, getSortKey }: Pick<LiveListSource<Row>, "getId" | "getSortKey">,
): LiveList<Row> {
  const last = page.rows.at(-1);
  if (old === undefined || page.next === null || last === undefined) return page;
  const fresh = new Set(page.rows.map(getId));
  const end = getSortKey(last);
  const below = old.rows.filter((row) => !fresh.has(getId(row)) && getSortKey(row) < end);
  // Nothing of the old list is left behind the page: it begins anew.
  if (below.length === 0) return page;
  const isGap = old.rows.every((row) => !fresh.has(getId(row)));
  return isGap ? page : { rows: [...page.rows, ...below], next: old.next };
}
