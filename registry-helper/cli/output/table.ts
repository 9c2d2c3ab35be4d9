import { formatLargestUnit } from "../../model/duration.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { displayWidth, fitLine, padEnd, splitToWidth } from "./layout.ts";

/** How long ago, in the one unit that matters: `now`, `5s`, `12m`, `3h`, `9d`. */
export function ago(timestamp: string | null | undefined, now: Micros): string {
  const at = parseMicros(timestamp ?? undefined);
  if (at === undefined) return "-";
  const ms = (now - at) / 1_000;
  return ms < 1_000 ? "now" : formatLargestUnit(ms);
}

const GAP = 2;
/** Columns between the first and the last are not cut below this. */
const MIN_CELL = 8;
/** The last column gets this much, or what it needs. */
const MIN_LAST = 16;
/** Longest name, of those that the first column shows, that is not shown whole. */
const MAX_NAME_LENGTH = 400;

/**
 * A table that fits the line. The first column has the names that commands take, so nothing of them is cut: one that
 * is wider than its column has a line of its own. The last column takes what is left, and the others give way.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const cells = rows.map((row) =>
    row.map((cell, column) => plainLine(cell, column === 0 ? MAX_NAME_LENGTH : columns * 8)),
  );
  const widths = columnWidths([header, ...cells], columns);
  return [header, ...cells].map((row) => rowLines(row, widths, columns).join("\n")).join("\n") + "\n";
}

function columnWidths(rows: readonly (readonly string[])[], columns: number): number[] {
  const [header = []] = rows;
  const last = header.length - 1;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))));
  const maxName = Math.floor(columns * 0.4);
  if (last > 0 && (widths[0] ?? 0) > maxName) widths[0] = widestBelow(rows, maxName);
  const before = (): number => widths.slice(0, last).reduce((sum, width) => sum + width + GAP, 0);
  const wanted = Math.min(MIN_LAST, widths[last] ?? 0);
  while (before() + wanted > columns) {
    const widest = widths
      .slice(1, last)
      .reduce((best, width, index) => (width > (widths[best] ?? 0) ? index + 1 : best), 1);
    if (widest >= last || (widths[widest] ?? 0) <= MIN_CELL) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  widths[last] = Math.max(MIN_CELL, columns - before());
  return widths;
}

/** Names that fit decide how wide their column is; the others have lines of their own. */
function widestBelow(rows: readonly (readonly string[])[], most: number): number {
  return Math.max(MIN_CELL, ...rows.map(([name = ""]) => displayWidth(name)).filter((width) => width <= most));
}

function rowLines(row: readonly string[], widths: readonly number[], columns: number): string[] {
  const [name = "", ...rest] = row;
  const isWide = row.length > 1 && displayWidth(name) > (widths[0] ?? 0);
  const own = isWide ? splitToWidth(name, columns) : [];
  const cells = [isWide ? "" : name, ...rest];
  const line = cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      const shown = fitLine(cell, width);
      return column === cells.length - 1 ? shown : padEnd(shown, width + GAP);
    })
    .join("")
    .trimEnd();
  return line === "" ? own : [...own, line];
}
