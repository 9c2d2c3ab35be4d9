import type { ReactElement } from "react";
import { getStatusStyle } from "../design/tone.ts";

/** How many nodes of a run are done. */
export function Progress({ done, total, status }: { done: number; total: number; status: string }): ReactElement {
  const share = total === 0 ? 0 : Math.round((done / total) * 100);
  return (
    <span className={`progress tone-${getStatusStyle(status).tone}`} title={`${done} of ${total} nodes done`}>
      <span className="progress-bar" aria-hidden="true">
        <span style={{ width: `${share}%` }} />
      </span>
      <span className="progress-text">
        {done}/{total}
        <span className="spoken"> nodes done</span>
      </span>
    </span>
  );
}
