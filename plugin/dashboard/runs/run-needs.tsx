import type { ReactElement } from "react";
import type { RunDetail } from "../api/answers.ts";
import { AttentionCard } from "../attention/attention-card.tsx";

/** What the run needs somebody for, above everything else. */
export function RunNeeds({ detail }: { detail: RunDetail }): ReactElement | null {
  if (detail.attention.length === 0) return null;
  return (
    <ul className="attention-list" aria-label="What this run needs">
      {detail.attention.map((item) => (
        <li key={`${item.kind} ${item.reason}`}>
          <AttentionCard item={item} isTitleShown={false} />
        </li>
      ))}
    </ul>
  );
}
