import type { ReactElement } from "react";
import type { RunDetail } from "../api/answers.ts";
import { AttentionCard } from "../attention/attention-card.tsx";

/** What the run needs somebody for, above everything else. */
export function RunNeeds({ detail, nodeId }: { detail: RunDetail; nodeId: string | null }): ReactElement | null {
  // The panel of a node asks its question itself.
  const items = detail.attention.filter(({ question }) => question === undefined || question.nodeId !== nodeId);
  if (items.length === 0) return null;
  return (
    <ul className="attention-list" aria-label="What this run needs">
      {items.map((item) => (
        <li key={`${item.kind} ${item.reason}`}>
          <AttentionCard item={item} isTitleShown={false} />
        </li>
      ))}
    </ul>
  );
}
