import type { ReactElement } from "react";
import { CommandSnippet } from "./code-block.tsx";
import "./error-advice.css";

/** What can be done about a refusal: words, and commands to be copied. */
export function ErrorAdvice({ words, commands }: { words: string; commands: readonly string[] }): ReactElement | null {
  if (words === "" && commands.length === 0) return null;
  return (
    <div className="way-out">
      {words === "" ? null : <p>{words}</p>}
      {commands.map((command) => (
        <CommandSnippet key={command} command={command} />
      ))}
    </div>
  );
}

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
