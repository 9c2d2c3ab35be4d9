import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import type { ShownAttention } from "../api/response-types.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { AttentionCard } from "./attention-card.tsx";
import { useSteadyItems } from "./stable-order.ts";

export interface AttentionCardsProps {
  items: readonly ShownAttention[];
  label: string;
  isTitleShown?: boolean;
  /** Those that are left out here, because they are shown elsewhere. */
  isElsewhere?: (item: ShownAttention) => boolean;
  /** What is there when nothing needs anybody. */
  empty?: ReactNode;
}

/** What needs somebody. What is settled stays a while as one quiet line, of the height that it had. */
export function AttentionCards(props: AttentionCardsProps): ReactElement {
  const { items, label, isTitleShown = true, isElsewhere, empty = null } = props;
  const { places, settle, isHeld, hold } = useSteadyItems(items);
  const list = useRef<HTMLUListElement>(null);
  /** Where the focus was last: a button that goes takes it along without a word. */
  const focused = useRef<string>(undefined);
  const shown = places.filter(({ item }) => isElsewhere?.(item) !== true);
  useEffect(() => {
    const key = focused.current;
    if (!places.some((place) => place.key === key && place.settled !== undefined)) return;
    focused.current = undefined;
    const row = [...(list.current?.children ?? [])].find((child) => child.getAttribute("data-key") === key);
    const { activeElement, body } = document;
    const main = document.querySelector<HTMLElement>("main");
    if (row === undefined || (![body, main].includes(activeElement as HTMLElement) && !row.contains(activeElement)))
      return;
    const next = controlAfter(row) ?? main;
    next?.focus({ preventScroll: true });
    // Under a pointer nothing moves.
    if (!isHeld) next?.scrollIntoView({ block: "nearest" });
  }, [places, isHeld]);
  if (shown.length === 0) return <>{empty}</>;
  return (
    <ul
      ref={list}
      className="attention-list"
      aria-label={label}
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
    >
      {shown.map(({ key, item, settled }) => (
        <li key={key} data-key={key} className="attention-place" onFocus={() => (focused.current = key)}>
          <div inert={settled !== undefined} className={settled === undefined ? undefined : "attention-over"}>
            <AttentionCard item={item} isTitleShown={isTitleShown} onDone={(words) => settle(key, words)} />
          </div>
          {settled === undefined ? null : (
            <p className="attention-settled">
              <StatusMark status="done" />
              <span className="cut">
                <strong>{settled.words}</strong> {isTitleShown ? item.title : null}
              </span>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The first thing to act on in the next card that is not settled, else in the last one before. */
function controlAfter(row: Element): HTMLElement | undefined {
  const rows = [...(row.parentElement?.children ?? [])];
  const index = rows.indexOf(row);
  const around = [...rows.slice(index + 1), ...rows.slice(0, index).reverse()];
  return (
    around
      .map((other) => other.querySelector<HTMLElement>(":is(a, button, input, select, textarea):not([inert] *)"))
      .find((control) => control !== null) ?? undefined
  );
}
