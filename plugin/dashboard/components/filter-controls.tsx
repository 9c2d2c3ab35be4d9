import type { ReactElement, ReactNode } from "react";
import { humanize } from "../design/tone.ts";
import { useQueryValues } from "./router.ts";
import "./filter-controls.css";

/** A filter that is on or off. */
export function FilterCheck({ name, children }: { name: string; children: ReactNode }): ReactElement {
  const [query, setQuery] = useQueryValues();
  return (
    <label className="filter-check">
      <input
        type="checkbox"
        checked={query.get(name) !== null}
        onChange={(event) => setQuery({ [name]: event.target.checked ? "true" : null })}
      />
      {children}
    </label>
  );
}

/** A filter that a link has set, with the way to take it away; nothing while it is not set. */
export function FilterChip({ name }: { name: string }): ReactElement | null {
  const [query, setQuery] = useQueryValues();
  const value = query.get(name);
  if (value === null) return null;
  return (
    <button type="button" className="filter-chip" onClick={() => setQuery({ [name]: null })}>
      {name} <span className="mono cut">{value}</span>
      <span aria-hidden="true">×</span>
      <span className="spoken">remove this filter</span>
    </button>
  );
}

interface FilterSelectProps {
  name: string;
  label: string;
  values: readonly string[];
}

/** A choice that narrows a list; it is in the address. */
export function FilterSelect({ name, label, values }: FilterSelectProps): ReactElement {
  const [query, setQuery] = useQueryValues();
  const value = query.get(name) ?? "";
  return (
    <select
      className="input"
      aria-label={label}
      value={value}
      onChange={(event) => setQuery({ [name]: event.target.value })}
    >
      <option value="">{label}</option>
      {values.includes(value) || value === "" ? null : <option value={value}>{value}</option>}
      {values.map((one) => (
        <option key={one} value={one}>
          {humanize(one)}
        </option>
      ))}
    </select>
  );
}
