import type { ReactElement } from "react";
import "./skeleton.css";

/** Grey lines where content will be, of the height that it will have: nothing jumps when it comes. */
export function Skeleton({ rows = 6, height = 46 }: { rows?: number; height?: number }): ReactElement {
  return (
    <div className="skeleton" role="status">
      <span className="spoken">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton-row" style={{ height }} aria-hidden="true">
          <span style={{ width: `${46 + ((index * 37) % 40)}%` }} />
        </div>
      ))}
    </div>
  );
}
