import type { ReactElement } from "react";
import { humanize } from "../design/tone.ts";
import { useQueryValues } from "./router.ts";

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
