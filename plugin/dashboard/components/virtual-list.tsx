import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import { type LiveListSource, useLiveList } from "../api/live-list.ts";
import { Skeleton } from "../design/skeleton.tsx";
import { Loaded } from "./query-result.tsx";
import { useNarrowViewport } from "./use-narrow-viewport.ts";
import "./virtual-list.css";

interface VirtualListProps<Row> {
  label: string;
  rows: readonly Row[];
  getKey: (row: Row) => string;
  /** In pixels; all rows are of one height, so that nothing jumps when they come. */
  rowHeight: number;
  row: (row: Row) => ReactNode;
  hasMore: boolean;
  onEnd: () => void;
}

/** How many rows before the end the next page is asked for. */
const AHEAD = 25;

/** A list of any length: only the rows that are seen are in the page. */
function VirtualList<Row>(props: VirtualListProps<Row>): ReactElement {
  const { label, rows, getKey, rowHeight, row, hasMore, onEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = rows[index];
      return item === undefined ? index : getKey(item);
    },
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) onEnd();
  }, [hasMore, last, rows.length, onEnd]);
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  return (
    <div ref={box} className="list" tabIndex={-1}>
      <ul className="list-rows" aria-label={label} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const data = rows[item.index];
          return data === undefined ? null : (
            <li
              key={item.key}
              aria-posinset={item.index + 1}
              aria-setsize={hasMore ? -1 : rows.length}
              className="list-row"
              style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
            >
              {row(data)}
            </li>
          );
        })}
      </ul>
      {hasMore ? <Skeleton rows={3} height={rowHeight} /> : null}
    </div>
  );
}

const NARROW_ROW_PX = 64;

interface LiveRowsProps<Row> extends Pick<VirtualListProps<Row>, "label" | "rowHeight" | "row"> {
  source: LiveListSource<Row>;
  /** How many grey lines stand there until the first page comes. */
  skeletonRows: number;
  /** What is there when there is no row. */
  empty: ReactNode;
}

/** A list that is kept up to date; `rowHeight` is for where there is room. */
export function LiveRows<Row>(props: LiveRowsProps<Row>): ReactElement {
  const { source, skeletonRows, empty, rowHeight, ...rest } = props;
  const { list, error, loadMore } = useLiveList(source);
  const isNarrow = useNarrowViewport();
  return (
    <Loaded query={{ data: list, error }} rows={skeletonRows}>
      {({ rows, next }) =>
        rows.length === 0 ? (
          empty
        ) : (
          <VirtualList
            {...rest}
            rows={rows}
            getKey={source.getId}
            rowHeight={isNarrow ? NARROW_ROW_PX : rowHeight}
            hasMore={next !== null}
            onEnd={loadMore}
          />
        )
      }
    </Loaded>
  );
}
