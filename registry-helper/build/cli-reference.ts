import { coldVerbs } from "../cli/lazy-commands.ts";
import { HELPED_VERBS, helpText } from "../cli/help/help.ts";

const BEGIN = "<!-- The reference below is generated (npm run generate); do not edit it. -->";
const END = "<!-- End of the generated reference. -->";

/** docs/cli.md with its reference as the commands are now. */
export function withReference(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end === -1) throw new Error("docs/cli.md has no place for the reference");
  return `${text.slice(0, begin + BEGIN.length)}\n\n${reference()}\n${text.slice(end)}`;
}

function reference(): string {
  return HELPED_VERBS.map((verb) => `### ${verb}\n\n\`\`\`\n${helpText(verb, coldVerbs, "")}\`\`\`\n`).join("\n");
}
