import type { AttentionItem } from "../../registry-helper/internal.ts";
import { type AlertSettings, isQuiet } from "./alert-settings.ts";
import type { AlertState } from "./alert-state.ts";

/** What is to be said in the next message. */
export interface AlertMessage {
  items: readonly AttentionItem[];
  /** Titles of what was announced and does not need attention any more. */
  resolved: readonly string[];
}

/** What an item is announced as. One that moved and stands still again is announced again. */
export function getAlertKey({ kind, subject, nodeId, since }: AttentionItem): string {
  return [kind, subject.kind, subject.id, nodeId ?? "", since].join(" ");
}

/**
 * Decides what is announced now. Pure: each item once, all that is due in one message, nothing in quiet hours.
 * Resolutions alone send no message; they are said with the next one, or with the next digest.
 *
 * @returns the state to keep, and the message to send, if any
 */
export function decideAlerts(
  state: AlertState,
  items: readonly AttentionItem[],
  settings: AlertSettings,
  now: number,
): { state: AlertState; message: AlertMessage | undefined } {
  const open = new Map(
    items.filter(({ kind }) => settings.kinds.includes(kind)).map((item) => [getAlertKey(item), item]),
  );
  const known = { ...state.announced, ...state.sending };
  const gone = Object.entries(known).filter(([key]) => !open.has(key));
  const resolved = [...state.resolved, ...gone.map(([, title]) => title)];
  const announced = Object.fromEntries(Object.entries(known).filter(([key]) => open.has(key)));
  const fresh = [...open].filter(([key]) => !(key in known)).map(([, item]) => item);
  const kept: AlertState = { ...state, announced, resolved, sending: {} };

  const isDigest = settings.digestEveryMs > 0;
  const sinceLast = now - state.lastSentAt;
  // A clock that was set back does not hold a digest up.
  const isDue = !isDigest || sinceLast >= settings.digestEveryMs || sinceLast < 0;
  const hasNews = fresh.length > 0 || (isDigest && resolved.length > 0);
  if (!hasNews || !isDue || isQuiet(settings, new Date(now))) return { state: kept, message: undefined };
  const sending = Object.fromEntries(fresh.map((item) => [getAlertKey(item), item.title]));
  return { state: { ...kept, sending }, message: { items: fresh, resolved } };
}

/** The state after a message. A refused one is as if it had never been tried; an unknown one counts as sent. */
export function afterAlert(state: AlertState, wasRefused: boolean, now: number): AlertState {
  if (wasRefused) return { ...state, sending: {} };
  return { announced: { ...state.announced, ...state.sending }, resolved: [], sending: {}, lastSentAt: now };
}
