import { plainLine, plainText } from "../../registry-helper/index.ts";

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
