import { plainLine, terminalText } from "../../model/sanitize-text.ts";
import { characterWidth, splitCharacters, wideTextWidth } from "./wide-text.ts";

/** Output fits this many columns where nothing else is known. */
export const DEFAULT_COLUMNS = 80;

/** Latin letters, box drawing and the ellipsis: each takes one column, and no data is needed to know it. */
const NARROW = /^[\u0020-\u007e\u00a0-\u02ff\u2026\u2500-\u257f]*$/;

/** A character takes few UTF-16 units; of one with hundreds of marks on it the rest is cut. */
const MAX_UNITS_PER_COLUMN = 8;

/** Columns that a text takes in a terminal: two for East Asian letters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  return NARROW.test(text) ? text.length : wideTextWidth(text);
}

/** A text on one line, without control characters, cut to that many columns. */
export function fitLine(text: string, columns: number): string {
  const line = plainLine(text, Math.max(1, columns) * MAX_UNITS_PER_COLUMN);
  return displayWidth(line) <= columns ? line : `${takeColumns(line, columns - 1).trimEnd()}…`;
}

/** Fills a text up with blanks. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/** As much of a text as fits into that many columns. */
function takeColumns(text: string, columns: number): string {
  const [first = ""] = splitToWidth(text, columns);
  return displayWidth(first) <= columns ? first : "";
}

/** A text in pieces of at most that many columns, nothing of it left out. */
export function splitToWidth(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of NARROW.test(text) ? text : splitCharacters(text)) {
    const more = NARROW.test(character) ? character.length : characterWidth(character);
    if (piece !== "" && width + more > columns) {
      pieces.push(piece);
      piece = "";
      width = 0;
    }
    piece += character;
    width += more;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** Wraps words to the line width, each line with the same indent. Words wider than a line are split. */
export function wrap(text: string, indent: string, columns: number): string {
  const room = Math.max(8, columns - indent.length);
  return text
    .split("\n")
    .flatMap((paragraph) => {
      const words = paragraph.split(" ");
      return fillLines(
        words.flatMap((word) => (displayWidth(word) > room ? splitToWidth(word, room) : [word])),
        room,
      );
    })
    .map((line) => indent + line)
    .join("\n");
}

/** Lines of words with blanks between them; a word that is wider than the room has a line of its own. */
export function fillLines(words: readonly string[], room: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  let width = 0;
  for (const word of words) {
    const more = displayWidth(word);
    if (line !== undefined && width > 0 && width + 1 + more > room) {
      lines.push(line);
      line = undefined;
    }
    width = line === undefined ? more : width + 1 + more;
    line = line === undefined ? word : `${line} ${word}`;
  }
  lines.push(line ?? "");
  return lines;
}

/** A text of somebody else, line by line as it was written, without what would steer the terminal. */
export function linesAsWritten(text: string): string[] {
  return terminalText(text.replace(/\r\n?/g, "\n")).trimEnd().split("\n");
}

/** The same as a block below a title. */
export function blockAsWritten(text: string, indent: string): string {
  return linesAsWritten(text)
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");
}
