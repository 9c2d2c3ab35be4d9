/* eslint-disable no-control-regex -- taking control characters out is the purpose; tab and newline stay */

/**
 * Text that came from a model, a person or a channel, made safe to store and to show: it is data. Control
 * characters (ANSI sequences among them), bidirectional overrides and invisible characters are taken out.
 */
const ANSI = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const CONTROLS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Strips control characters and caps the length, saying so when something was cut. Half a character, as a source that
 * cuts texts by their length leaves it, becomes a replacement character: channels refuse text that is not well formed.
 *
 * @param limit in UTF-16 code units
 */
export function plainText(text: string, limit: number): string {
  // Cutting first keeps a 10 MB text from being scanned as a whole.
  const head = text.slice(0, limit * 2);
  const clean = head.replace(/\r\n?/g, "\n").replace(ANSI, "").replace(CONTROLS, "").trim();
  if (clean.length <= limit && head.length === text.length) return clean.toWellFormed();
  return `${wholeCharacters(clean, limit - 1).toWellFormed()}…`;
}

/** A text for a terminal or a chat, without what would steer it; layout and length stay. */
export function terminalText(text: string): string {
  return text.replace(ANSI, "").replace(CONTROLS, "").toWellFormed();
}

/** The same on one line. */
export function plainLine(text: string, limit: number): string {
  return plainText(text.slice(0, limit * 4).replace(/\s+/g, " "), limit);
}

/** Does not cut a surrogate pair in half. */
function wholeCharacters(text: string, limit: number): string {
  const cut = text.slice(0, limit);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
