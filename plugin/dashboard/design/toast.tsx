import { type ReactElement, type ReactNode, useSyncExternalStore } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./toast.css";

interface ToastItem {
  id: number;
  tone: "good" | "bad";
  text: string;
  /** What to do next, in an error. */
  more?: ReactNode;
}

/** A good word goes by itself; an error stays until it is closed. */
const SHOWN_MS = 6_000;
const MAX_TOASTS = 4;

let items: readonly ToastItem[] = [];
let count = 0;
const listeners = new Set<() => void>();

function change(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/** Says what came of an action. */
export function toast(tone: ToastItem["tone"], text: string, more?: ReactNode): void {
  count += 1;
  const item: ToastItem = { id: count, tone, text, more };
  change([...items.slice(1 - MAX_TOASTS), item]);
  if (tone === "good") setTimeout(() => close(item.id), SHOWN_MS);
}

function close(id: number): void {
  change(items.filter((item) => item.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts(): ReactElement {
  const shown = useSyncExternalStore(subscribe, () => items);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, tone, text, more }) => (
        <div key={id} className={`toast tone-${tone}`}>
          <span className="toast-mark">
            <Icon name={tone === "good" ? "check" : "warning"} />
          </span>
          <div className="toast-text wrap">
            <p>{text}</p>
            {more}
          </div>
          <Button variant="quiet" icon="cross" aria-label="Close this message" onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}
