import type { ReactElement } from "react";
import type { VersionStats } from "../api/response-types.ts";

/** How many runs of a version completed, as a bar and in words. */
export function Rate({ stats }: { stats: VersionStats }): ReactElement {
  const { completed, failed, cancelled, completionRate } = stats;
  const ended = completed + failed + cancelled;
  if (completionRate === null) return <span className="dim">none has ended</span>;
  const share = (count: number): string => `${(count / ended) * 100}%`;
  return (
    <span className="rate" title={`${completed} completed, ${failed} failed, ${cancelled} cancelled`}>
      <span className="rate-bar" aria-hidden="true">
        <span className="rate-good" style={{ width: share(completed) }} />
        <span className="rate-bad" style={{ width: share(failed) }} />
      </span>
      <span className="rate-text">{Math.round(completionRate * 100)} %</span>
    </span>
  );
}
