import { type ReactElement, type ReactNode, useId } from "react";
import "./tooltip.css";

/** Words that appear on hover and on focus; they are read aloud as the description of what they are about. */
export function Tooltip({ text, children }: { text: string; children: ReactNode }): ReactElement {
  const id = useId();
  return (
    <span className="tip" tabIndex={0} aria-describedby={id}>
      {children}
      <span role="tooltip" id={id} className="tip-text">
        {text}
      </span>
    </span>
  );
}
