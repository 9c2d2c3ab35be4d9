import { useEffect, useRef } from "react";
import { navigate } from "../components/router.ts";
import { SECTIONS } from "./navigation.tsx";

/** How long `g` waits for the second key. */
const SECOND_KEY_MS = 1_500;

/** The keys that work everywhere. In a field, a dialog or with a modifier they mean what they always do. */
export function useKeyboardShortcuts({ onHelp }: { onHelp: () => void }): void {
  const help = useRef(onHelp);
  help.current = onHelp;
  useEffect(() => {
    let prefixAt = 0;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null) return;
      if (isTyping(event.target)) {
        if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
        return;
      }
      const isSecond = Date.now() - prefixAt < SECOND_KEY_MS;
      prefixAt = 0;
      const section = isSecond ? SECTIONS.find(({ key }) => key === event.key) : undefined;
      if (section !== undefined) return done(event, () => navigate(section.href));
      switch (event.key) {
        case "g":
          prefixAt = Date.now();
          return;
        case "/":
          return done(event, search);
        case "?":
          return done(event, help.current);
        case "j":
          return done(event, () => move(1));
        case "k":
          return done(event, () => move(-1));
        default:
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function done(event: KeyboardEvent, action: () => void): void {
  event.preventDefault();
  action();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "range", "button"].includes(target.type);
}

/** The search of this page, else that of the tasks. */
function search(): void {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  if (field === null) navigate("#/tasks?focus=search");
  else field.select();
}

/** To the next row of the page's list; `data-row` marks the link of each. */
function move(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]:not([inert] *)")];
  const active = document.activeElement;
  const index = rows.findIndex((row) => row === active || row.contains(active));
  const next = index === -1 ? rows[step === 1 ? 0 : rows.length - 1] : rows[index + step];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
