import { useCallback, useEffect, useState } from "react";
import type { AttentionListItem } from "../api/response-types.ts";

/** How long what is settled stays in its place. */
const RESOLVED_MS = 6_000;

/** One place of the list: something that needs somebody, or what became of it. */
export interface ListSlot {
  key: string;
  item: AttentionListItem;
  /** What became of it; it keeps its place for a while, so that nothing moves under a pointer. */
  resolved?: { words: string; untilMs: number };
}

/** A run may need several things at once; what a task or a flow needs is one, in words that may change. */
function getKey({ kind, subject, reason, question }: AttentionListItem): string {
  const which = question?.nodeId ?? (subject.kind === "run" ? reason : "");
  return `${kind} ${subject.id} ${which}`;
}

function toSlot(item: AttentionListItem): ListSlot {
  return { key: getKey(item), item };
}

function withResult(slot: ListSlot, words: string): ListSlot {
  return { ...slot, resolved: { words, untilMs: Date.now() + RESOLVED_MS } };
}

/** The places after a change. While a pointer holds the list, nothing in it moves and what is new comes last. */
function stableOrder(before: readonly ListSlot[], items: readonly AttentionListItem[], isFrozen: boolean): ListSlot[] {
  const fresh = new Map(items.map((item) => [getKey(item), toSlot(item)]));
  const retained = before.flatMap((slot): ListSlot[] => {
    const now = fresh.get(slot.key);
    if (slot.resolved === undefined) return [now ?? withResult(slot, "Needs nobody any more")];
    if (isFrozen || Date.now() < slot.resolved.untilMs) return [slot];
    return now === undefined ? [] : [now];
  });
  const keys = new Set(retained.map(({ key }) => key));
  if (isFrozen) return [...retained, ...[...fresh.values()].filter(({ key }) => !keys.has(key))];
  const resolved = new Set(retained.flatMap((slot) => (slot.resolved === undefined ? [] : [slot.key])));
  const slots = [...fresh.values()].filter(({ key }) => !resolved.has(key));
  // The order is the server's; what is settled stays behind what it was behind.
  retained.forEach((slot, index) => {
    const previous = retained[index - 1]?.key;
    if (slot.resolved !== undefined) slots.splice(slots.findIndex(({ key }) => key === previous) + 1, 0, slot);
  });
  return slots;
}

export interface StableList {
  slots: readonly ListSlot[];
  /** Says of one what became of it. */
  resolve: (key: string, words: string) => void;
  /** Whether a pointer is over the list. */
  isFrozen: boolean;
  setFrozen: (isFrozen: boolean) => void;
}

/** A list whose items keep their places for a while after they are settled, and as long as a pointer is over it. */
export function useStableList(items: readonly AttentionListItem[]): StableList {
  const [slots, setSlots] = useState<readonly ListSlot[]>(() => items.map(toSlot));
  const [isFrozen, setFrozen] = useState(false);
  const update = useCallback(() => setSlots((before) => stableOrder(before, items, isFrozen)), [items, isFrozen]);
  useEffect(update, [update]);
  const nextMs = Math.min(...slots.flatMap(({ resolved }) => (resolved === undefined ? [] : [resolved.untilMs])));
  useEffect(() => {
    if (isFrozen || !Number.isFinite(nextMs)) return;
    const timer = setTimeout(update, Math.max(0, nextMs - Date.now()));
    return () => clearTimeout(timer);
  }, [update, isFrozen, nextMs]);
  const resolve = useCallback(
    (key: string, words: string) =>
      setSlots((before) => before.map((slot) => (slot.key === key ? withResult(slot, words) : slot))),
    [],
  );
  return { slots, resolve, isFrozen, setFrozen };
}
