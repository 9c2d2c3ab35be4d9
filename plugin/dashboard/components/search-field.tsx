import { type ReactElement, useEffect, useRef, useState } from "react";
import { Icon } from "../design/icon.tsx";
import { Kbd } from "../design/kbd.tsx";
import { useQueryValues } from "./router.ts";
import "./search-field.css";

/** Typing asks when it pauses, not at every letter. */
const PAUSE_MS = 180;

/** The search of a page; its words are in the address. */
export function SearchField({ label }: { label: string }): ReactElement {
  const [query, setQuery] = useQueryValues();
  const field = useRef<HTMLInputElement>(null);
  const inAddress = query.get("search") ?? "";
  const [text, setText] = useState(inAddress);
  const sent = useRef(inAddress);
  const wantsFocus = query.get("focus") === "search";
  useEffect(() => {
    if (!wantsFocus) return;
    field.current?.focus();
    setQuery({ focus: null });
  }, [wantsFocus, setQuery]);
  useEffect(() => {
    // The address was changed by something else: a link, or the way back.
    if (inAddress !== sent.current) {
      sent.current = inAddress;
      setText(inAddress);
    }
  }, [inAddress]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      setQuery({ search: text });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, setQuery]);
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="search"
        className="input"
        data-search
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <span className="search-key" aria-hidden="true">
        <Kbd keys="/" />
      </span>
    </div>
  );
}
