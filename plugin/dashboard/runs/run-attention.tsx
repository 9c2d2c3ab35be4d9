import type { ReactElement } from "react";
import type { RunDetail } from "../api/response-types.ts";
import { AttentionCards } from "../attention/attention-cards.tsx";

interface RunAttentionProps {
  detail: RunDetail;
  nodeId: string | null;
  isPast: boolean;
}

/** What the run needs somebody for, above everything else. Beside its past it keeps its place, and cannot be used. */
export function RunAttention({ detail, nodeId, isPast }: RunAttentionProps): ReactElement {
  return (
    <div className={isPast ? "run-needs run-needs-now" : "run-needs"}>
      {isPast ? <span className="run-needs-mark">as of now</span> : null}
      <div inert={isPast}>
        <AttentionCards
          items={detail.attention}
          label="What this run needs"
          isTitleShown={false}
          // The panel of a node asks its question itself.
          isHidden={({ question }) => question !== undefined && question.nodeId === nodeId}
        />
      </div>
    </div>
  );
}
