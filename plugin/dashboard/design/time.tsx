import type { ReactElement } from "react";
import { formatAgo, formatExactTime } from "./format-time.ts";
import { useNow } from "./use-now.ts";

/** A moment: relative, with the exact time on hover and for those who read machines. */
export function Time({ at, isShort = false }: { at: string | null | undefined; isShort?: boolean }): ReactElement {
  const now = useNow();
  if (at === null || at === undefined || Number.isNaN(Date.parse(at))) return <span className="dim">–</span>;
  return (
    <time dateTime={at} title={formatExactTime(at)} className="time">
      {formatAgo(Date.parse(at), now, isShort)}
    </time>
  );
}
