import { type ReactElement, useSyncExternalStore } from "react";
import { formatAgo, formatExactTime } from "./format-time.ts";

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

const INTERVAL_MS = 5_000;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all relative times: they change together, and nothing ticks while nobody looks. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, currentTime);
}

/** The clock stands while nobody looks, and may be late on a busy machine: then what was just now seems to lie ahead. */
function currentTime(): number {
  if (Date.now() - now > INTERVAL_MS) now = Date.now();
  return now;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, INTERVAL_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}
