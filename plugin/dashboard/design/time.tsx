import type { ReactElement } from "react";
import { useNow } from "./use-now.ts";
import { agoText, exactText } from "./format-time.ts";

/** A moment: relative, with the exact time on hover and for those who read machines. */
export function Time({ at, isShort = false }: { at: string | null | undefined; isShort?: boolean }): ReactElement {
  const now = useNow();
  if (at === null || at === undefined || Number.isNaN(Date.parse(at))) return <span className="dim">–</span>;
  return (
    <time dateTime={at} title={exactText(at)} className="time">
      {agoText(Date.parse(at), now, isShort)}
    </time>
  );
}
