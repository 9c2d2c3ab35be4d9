import type { ReactElement } from "react";
import { ErrorAdvice } from "./error-advice.tsx";

/** Why what was confirmed was not done, in the dialog itself: it covers everything else. */
export function DialogProblem({
  errorDetails,
}: {
  errorDetails: { text: string; words: string; commands: readonly string[] } | undefined;
}): ReactElement {
  return (
    <div role="alert">
      {errorDetails === undefined ? null : (
        <>
          <p className="dialog-problem">{errorDetails.text}</p>
          <ErrorAdvice {...errorDetails} />
        </>
      )}
    </div>
  );
}
