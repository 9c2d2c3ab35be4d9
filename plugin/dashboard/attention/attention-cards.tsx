import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import type { AttentionListItem } from "../api/response-types.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { AttentionCard } from "./attention-card.tsx";
import { useStableList } from "./stable-order.ts";

export interface AttentionCardsProps {
  items: readonly AttentionListItem[];
  label: string;
  isTitleShown?: boolean;
  /** Those that are left out here, because they are shown elsewhere. */
  isHidden?: (item: AttentionListItem) => boolean;
  /** What is there when nothing needs anybody. */
  empty?: ReactNode;
}

/** What needs somebody. What is settled stays a while as one quiet line, of the height that it had. */
export function AttentionCards(props: AttentionCardsProps): ReactElement {
  const { items, label, isTitleShown = true, isHidden, empty = null } = props;
  const { slots, resolve, isFrozen, setFrozen } = useStableList(items);
  const list = useRef<HTMLUListElement>(null);
  /** Where the focus was last: a button that goes takes it along without a word. */
  const focused = useRef<string>(undefined);
  const shown = slots.filter(({ item }) => isHidden?.(item) !== true);
  useEffect(() => {
    const key = focused.current;
    if (!slots.some((slot) => slot.key === key && slot.resolved !== undefined)) return;
    focused.current = undefined;
    const row = [...(list.current?.children ?? [])].find((child) => child.getAttribute("data-key") === key);
    const { activeElement, body } = document;
    const main = document.querySelector<HTMLElement>("main");
    if (row === undefined || (![body, main].includes(activeElement as HTMLElement) && !row.contains(activeElement)))
      return;
    const next = controlAfter(row) ?? main;
    next?.focus({ preventScroll: true });
    // Under a pointer nothing moves.
    if (!isFrozen) next?.scrollIntoView({ block: "nearest" });
  }, [slots, isFrozen]);
  if (shown.length === 0) return <>{empty}</>;
  return (
    <ul
      ref={list}
      className="attention-list"
      aria-label={label}
      onPointerEnter={() => setFrozen(true)}
      onPointerLeave={() => setFrozen(false)}
    >
      {shown.map(({ key, item, resolved }) => (
        <li key={key} data-key={key} className="attention-place" onFocus={() => (focused.current = key)}>
          <div inert={resolved !== undefined} className={resolved === undefined ? undefined : "attention-over"}>
            <AttentionCard item={item} isTitleShown={isTitleShown} onDone={(words) => resolve(key, words)} />
          </div>
          {resolved === undefined ? null : (
            <p className="attention-settled">
              <StatusMark status="done" />
              <span className="cut">
                <strong>{resolved.words}</strong> {isTitleShown ? item.title : null}
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
