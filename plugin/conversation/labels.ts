import { formatLargestUnit, parseMicros, plainLine, plainText } from "../../registry-helper/internal.ts";

/** Longest answer, in characters: one message in every channel. */
export const MAX_CHAT_LENGTH = 1_500;
const MAX_LINES = 12;

/** Marks by which a chat makes a link, code or a mention of what is only a text. */
const LOOKALIKES: Readonly<Record<string, string>> = { "[": "(", "]": ")", "<": "‹", ">": "›", "`": "'" };

/** One line of data inside a chat message: without what would steer the chat, and never longer than the limit. */
export function chatLine(text: string, limit: number): string {
  return withoutMarkup(plainLine(text, limit));
}

/** The same for a text of several lines. */
export function chatBlock(text: string, limit: number): string {
  return withoutMarkup(plainText(text, limit));
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[[\]<>`]/g, (mark) => LOOKALIKES[mark] ?? "")
    .replace(/@(?=(everyone|here|channel|all)\b)/gi, "(at)")
    .replace(/([*_~|])\1+/g, "$1");
}

/** As many lines as fit; the rest is counted. */
export function truncateLines({ head, lines, foot }: { head: string; lines: readonly string[]; foot: string }): string {
  const room = MAX_CHAT_LENGTH - head.length - foot.length - 20;
  const shown: string[] = [];
  let used = 0;
  for (const line of lines.slice(0, MAX_LINES)) {
    if (used + line.length + 1 > room) break;
    shown.push(line);
    used += line.length + 1;
  }
  const rest = lines.length - shown.length;
  return [head, ...shown, ...(rest > 0 ? [`and ${rest} more`] : []), ...(foot === "" ? [] : [foot])].join("\n");
}

/** How long ago something was, at least in whole seconds. */
export function formatAge(since: string, now: number): string {
  const ms = now - (parseMicros(since) ?? now * 1000) / 1000;
  return ms < 1_000 ? "0s" : formatLargestUnit(ms);
}
