import { sha256Hex } from "../../../model/hash.ts";

/** How files began that older versions wrote as a whole, and that the next attempt replaced. */
const OLD_MARKER = "<!-- Written by ClawTask for this attempt. Take this line out to keep your own text. -->";

const START = /^<!-- Written by ClawTask \(([0-9a-f]{12})\): [^\n]*-->[ \t]*$/m;
const END = "<!-- The end of what ClawTask writes. Add yours below: it stays. -->";

/** The two parts of a brief: what it says of the node, and what it has to say besides to a text of the agent's own. */
export interface BriefParts {
  whole: () => string;
  /** What went wrong before, what people said, what is kept of earlier attempts; undefined when there is none of it. */
  facts: () => string | undefined;
}

/**
 * `handoff.md` for the next attempt. The part between the two marks is written again each time; what stands outside of it
 * is the agent's and stays. A part that the agent changed is the agent's, too: then only the facts are written above it.
 *
 * @param found what is in the file now; undefined when nothing is
 * @param placeholder what stands there before anybody has written anything
 */
export function updateBrief(found: string | undefined, placeholder: string, { whole, facts }: BriefParts): string {
  const text = found?.replaceAll("\r\n", "\n");
  if (text === undefined || text === placeholder || text.startsWith(OLD_MARKER)) return `${mark(whole())}\n`;
  const part = findPart(text);
  const own = part === undefined ? text : joinOwn(part.before, part.isChanged ? part.text : "", part.after);
  const isWhole = part !== undefined && !part.isChanged && !isFactsOnly(part.text);
  const kept = isWhole ? whole() : facts();
  if (kept === undefined) return own === "" ? `${mark(whole())}\n` : part === undefined ? (found ?? "") : `${own}\n`;
  return `${[mark(kept), own].filter((one) => one !== "").join("\n\n")}\n`;
}

interface Part {
  before: string;
  text: string;
  after: string;
  isChanged: boolean;
}

function findPart(text: string): Part | undefined {
  const start = START.exec(text);
  if (start === null) return undefined;
  const from = start.index + start[0].length;
  const end = text.indexOf(END, from);
  // Without its end nothing tells what was added: all of it stays.
  if (end < 0) return { before: text.slice(0, start.index), text: text.slice(from).trim(), after: "", isChanged: true };
  const inside = text.slice(from, end).trim();
  const after = text.slice(end + END.length);
  return { before: text.slice(0, start.index), text: inside, after, isChanged: digest(inside) !== start[1] };
}

function joinOwn(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A part that was written above a text of the agent's own holds no task: the agent's text does. */
function isFactsOnly(text: string): boolean {
  return text.startsWith(FACTS_HEADING);
}

/** Begins the part that is written above a brief of the agent's own. */
export const FACTS_HEADING = "# What is known besides";

function mark(text: string): string {
  const inside = text.trim();
  const start = `<!-- Written by ClawTask (${digest(inside)}): the next attempt gets this part again, as it is then. -->`;
  return `${start}\n\n${inside}\n\n${END}`;
}

function digest(text: string): string {
  return sha256Hex(text).slice(0, 12);
}
