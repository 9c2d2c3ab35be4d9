/**
 * Places that the focus can stay in when what had it is gone: what is around an element and can take the focus itself (the
 * panel of a node, the page), the nearest first.
 */
export function listFocusTargets(element: Element | null): HTMLElement[] {
  const targets: HTMLElement[] = [];
  for (let at = element?.parentElement; at != null; at = at.parentElement)
    if (at.hasAttribute("tabindex") && !(at instanceof HTMLDialogElement)) targets.push(at);
  return targets;
}

/** Puts the focus into the nearest place that is still there. */
export function focusFallback(targets: readonly HTMLElement[]): void {
  const place = targets.find((one) => one.isConnected) ?? document.querySelector<HTMLElement>("main");
  place?.focus({ preventScroll: true });
}

/** Longer than what looks after the focus itself needs, such as a list that goes on to its next card. */
const GRACE_MS = 60;

/**
 * Whoever uses the keyboard never falls back to the beginning of the page: when what has the focus goes or cannot be
 * used any more (a button whose action is done), the focus goes to what is around it.
 *
 * @returns ends it
 */
export function restoreLostFocus(): () => void {
  let targets: HTMLElement[] = [];
  let lastFocused: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isLost = (): boolean =>
    document.activeElement === document.body &&
    lastFocused !== null &&
    (!lastFocused.isConnected || lastFocused.matches(":disabled"));
  const note = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element)) return;
    lastFocused = target;
    targets = listFocusTargets(target);
  };
  // Who clicks beside it has it nowhere, and wants it so. (That it leaves tells nothing: it does so, too, when what had it goes.)
  const press = (): void => {
    lastFocused = null;
  };
  const check = (): void => {
    if (!isLost()) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (isLost()) focusFallback(targets);
    }, GRACE_MS);
  };
  const changes = new MutationObserver(check);
  document.addEventListener("focusin", note);
  document.addEventListener("pointerdown", press);
  changes.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return () => {
    clearTimeout(timer);
    changes.disconnect();
    document.removeEventListener("focusin", note);
    document.removeEventListener("pointerdown", press);
  };
}
