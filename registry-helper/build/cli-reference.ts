import { DOCUMENTED_COMMANDS, helpText } from "../cli/help/help.ts";
import { lazyCommands } from "../cli/lazy-commands.ts";

const BEGIN = "<!-- The reference below is generated (npm run generate); do not edit it. -->";
const END = "<!-- End of the generated reference. -->";

/** docs/cli.md with its reference as the commands are now. */
export function withReference(text: string): string {
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (start === -1 || end === -1) throw new Error("docs/cli.md has no place for the reference");
  return `${text.slice(0, start + BEGIN.length)}\n\n${reference()}\n${text.slice(end)}`;
}

function reference(): string {
  return DOCUMENTED_COMMANDS.map(
    (command) => `### ${command}\n\n\`\`\`\n${helpText(command, lazyCommands, "")}\`\`\`\n`,
  ).join("\n");
}
