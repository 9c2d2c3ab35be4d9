import type { ReactElement } from "react";
import { CommandLine } from "./code-block.tsx";
import "./error-advice.css";

/** What can be done about a refusal: words, and commands to be copied. */
export function WayOut({ words, commands }: { words: string; commands: readonly string[] }): ReactElement | null {
  if (words === "" && commands.length === 0) return null;
  return (
    <div className="way-out">
      {words === "" ? null : <p>{words}</p>}
      {commands.map((command) => (
        <CommandLine key={command} command={command} />
      ))}
    </div>
  );
}
