import { useCallback, useEffect, useState } from "react";
import type { ShownAttention } from "../api/response-types.ts";

/** How long what is settled stays in its place. */
const SETTLED_MS = 6_000;

/** One place of the list: something that needs somebody, or what became of it. */
export interface Place {
  key: string;
  item: ShownAttention;
  /** What became of it; it keeps its place for a while, so that nothing moves under a pointer. */
  settled?: { words: string; untilMs: number };
}

/** A run may need several things at once; what a task or a flow needs is one, in words that may change. */
function keyOf({ kind, subject, reason, question }: ShownAttention): string {
  const which = question?.nodeId ?? (subject.kind === "run" ? reason : "");
  return `${kind} ${subject.id} ${which}`;
}

function placeOf(item: ShownAttention): Place {
  return { key: keyOf(item), item };
}

function settledAs(place: Place, words: string): Place {
  return { ...place, settled: { words, untilMs: Date.now() + SETTLED_MS } };
}

/** The places after a change. While a pointer holds the list, nothing in it moves and what is new comes last. */
function steadied(before: readonly Place[], items: readonly ShownAttention[], isHeld: boolean): Place[] {
  const fresh = new Map(items.map((item) => [keyOf(item), placeOf(item)]));
  const kept = before.flatMap((place): Place[] => {
    const now = fresh.get(place.key);
    if (place.settled === undefined) return [now ?? settledAs(place, "Needs nobody any more")];
    if (isHeld || Date.now() < place.settled.untilMs) return [place];
    return now === undefined ? [] : [now];
  });
  const keys = new Set(kept.map(({ key }) => key));
  if (isHeld) return [...kept, ...[...fresh.values()].filter(({ key }) => !keys.has(key))];
  const settled = new Set(kept.flatMap((place) => (place.settled === undefined ? [] : [place.key])));
  const places = [...fresh.values()].filter(({ key }) => !settled.has(key));
  // The order is the server's; what is settled stays behind what it was behind.
  kept.forEach((place, index) => {
    const previous = kept[index - 1]?.key;
    if (place.settled !== undefined) places.splice(places.findIndex(({ key }) => key === previous) + 1, 0, place);
  });
  return places;
}

export interface SteadyItems {
  places: readonly Place[];
  /** Says of one what became of it. */
  settle: (key: string, words: string) => void;
  /** Whether a pointer is over the list. */
  isHeld: boolean;
  hold: (isHeld: boolean) => void;
}

/** A list whose items keep their places for a while after they are settled, and as long as a pointer is over it. */
export function useSteadyItems(items: readonly ShownAttention[]): SteadyItems {
  const [places, setPlaces] = useState<readonly Place[]>(() => items.map(placeOf));
  const [isHeld, hold] = useState(false);
  const look = useCallback(() => setPlaces((before) => steadied(before, items, isHeld)), [items, isHeld]);
  useEffect(look, [look]);
  const nextMs = Math.min(...places.flatMap(({ settled }) => (settled === undefined ? [] : [settled.untilMs])));
  useEffect(() => {
    if (isHeld || !Number.isFinite(nextMs)) return;
    const timer = setTimeout(look, Math.max(0, nextMs - Date.now()));
    return () => clearTimeout(timer);
  }, [look, isHeld, nextMs]);
  const settle = useCallback(
    (key: string, words: string) =>
      setPlaces((before) => before.map((place) => (place.key === key ? settledAs(place, words) : place))),
    [],
  );
  return { places, settle, isHeld, hold };
}
