import { formatLargestUnit } from "../../model/duration.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { type Micros, parseMicros } from "../../model/time.ts";

/** Terminal output fits this many columns. */
export const COLUMNS = 80;

/** How long ago, in the one unit that matters: `now`, `5s`, `12m`, `3h`, `9d`. */
export function ago(timestamp: string | null | undefined, now: Micros): string {
  const at = parseMicros(timestamp ?? undefined);
  if (at === undefined) return "-";
  const ms = (now - at) / 1_000;
  return ms < 1_000 ? "now" : formatLargestUnit(ms);
}

/** A table whose last column takes what is left of the line; every cell is made plain. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows.map((row) => row.map((cell) => plainLine(cell, COLUMNS)))];
  const last = header.length - 1;
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ""))));
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + 2, 0);
  const room = Math.max(8, COLUMNS - before);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === last ? plainLine(cell, room) : cell + " ".repeat((widths[column] ?? 0) - width(cell) + 2),
      )
      .join("")
      .trimEnd();
  return `${cells.map(line).join("\n")}\n`;
}

function width(text: string): number {
  return [...text].length;
}

/** Wraps a text to the line width, each line with the same indent. */
export function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && indent.length + line.length + 1 + word.length > COLUMNS) {
        lines.push(indent + line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(indent + line);
  }
  return lines.join("\n");
}
