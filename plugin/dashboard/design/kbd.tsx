import type { ReactElement } from "react";
import "./kbd.css";

/** Keys to press, one after the other. */
export function Kbd({ keys }: { keys: string }): ReactElement {
  return (
    <span className="kbd-row">
      {keys.split(" ").map((key, index) => (
        <kbd key={index} className="kbd">
          {key}
        </kbd>
      ))}
    </span>
  );
}
