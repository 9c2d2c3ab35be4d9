import type { ReactElement } from "react";
import { WayOut } from "./error-advice.tsx";

/** Why what was confirmed was not done, in the dialog itself: it covers everything else. */
export function DialogProblem({
  refusal,
}: {
  refusal: { text: string; words: string; commands: readonly string[] } | undefined;
}): ReactElement {
  return (
    <div role="alert">
      {refusal === undefined ? null : (
        <>
          <p className="dialog-problem">{refusal.text}</p>
          <WayOut {...refusal} />
        </>
      )}
    </div>
  );
}
