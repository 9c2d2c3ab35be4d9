import type { ReactElement } from "react";
import { CopyButton } from "./copy-button.tsx";
import "./code-block.css";

/** Text as it is, in its own lines; it scrolls by itself and never widens the page. */
export function CodeBlock({ text, label }: { text: string; label: string }): ReactElement {
  return (
    <div className="code-block">
      <pre tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
      <div className="code-copy">
        <CopyButton text={text} label={`Copy ${label}`} />
      </div>
    </div>
  );
}

/** A command on one line, to be pasted into a terminal. */
export function CommandSnippet({ command }: { command: string }): ReactElement {
  return (
    <span className="command">
      <code className="cut" title={command}>
        {command}
      </code>
      <CopyButton text={command} label="Copy command" />
    </span>
  );
}
