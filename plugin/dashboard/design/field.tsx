import { type ReactElement, type ReactNode, useId } from "react";
import "./field.css";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  children: (id: string) => ReactNode;
}

/** A labelled input. `children` gets the id that the label names. */
export function Field({ label, hint, children }: FieldProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint === undefined ? null : <p className="field-hint">{hint}</p>}
    </div>
  );
}
