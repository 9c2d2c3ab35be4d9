import { readFileSync } from "node:fs";
import type { JsonObject } from "../../registry-helper/model/json.ts";
import type { RegistrySandbox } from "./registry-sandbox.ts";

/** JSON of every shape, by name, as it stands in a line. `missing` takes the field out. */
export const SHAPES = {
  null: "null",
  number: "7",
  "huge number": "1e300",
  "long integer": "123456789012345678901",
  "negative number": "-1",
  fraction: "0.5",
  text: '"odd"',
  "name of a prototype": '"constructor"',
  boolean: "true",
  list: "[1]",
  "list of texts": '["odd"]',
  object: '{"odd":1}',
  missing: undefined,
} as const;
export type ShapeName = keyof typeof SHAPES;

/** A field of a journal line that has another shape than any writer gives it. */
export interface OddLine {
  /** The record that the line is about: a run, a flow, or a day of the ledger. */
  id: string;
  event: string;
  /** Of the field, such as `facts.route.to`. */
  path: string;
  shape: ShapeName;
}

const GOLDEN = JSON.parse(
  readFileSync(new URL("../registry-helper/golden/registry-0.1.0.json", import.meta.url), "utf8"),
) as { files: Record<string, string> };

/** A line of a journal that a version wrote, and the lines around it. */
interface Place {
  lines: string[];
  index: number;
  event: string;
  path: string[];
}

/** Every field that any line of these journals has, once for each event. */
function places(pattern: RegExp): Place[] {
  const found = new Map<string, Place>();
  for (const [file, content] of Object.entries(GOLDEN.files)) {
    if (!pattern.test(file)) continue;
    const lines = content.split("\n").filter((line) => line !== "");
    for (const [index, line] of lines.entries()) {
      const value = JSON.parse(line) as JsonObject;
      const event = String(value["event"]);
      for (const path of fieldPaths(value)) {
        const name = `${event} ${path.join(".")}`;
        if (!found.has(name)) found.set(name, { lines, index, event, path });
      }
    }
  }
  return [...found.values()];
}

/** Of a list the first item stands for all. */
function fieldPaths(value: unknown, above: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  return entries.flatMap(([key, item]) => [[...above, key], ...fieldPaths(item, [...above, key])]);
}

const MARK = "\u0001";

/** The line with another value at a path, whatever that does to its type. */
function withShape(line: string, path: readonly string[], shape: string | undefined): string {
  const value = JSON.parse(line) as JsonObject;
  let holder = value as Record<string, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  if (shape === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = MARK;
  return JSON.stringify(value).replace(JSON.stringify(MARK), () => shape ?? "");
}

/** Lines behind the odd one that stay: what follows must not hide it, nor be hidden by it. */
const LINES_AFTER = 2;

function journal(place: Place, shape: ShapeName, rename: (text: string) => string): string {
  const lines = place.lines.slice(0, place.index + 1 + LINES_AFTER).map(rename);
  lines[place.index] = withShape(lines[place.index] ?? "", place.path, SHAPES[shape]);
  return `${lines.join("\n")}\n`;
}

function forEach(
  found: readonly Place[],
  shapes: readonly ShapeName[],
  write: (place: Place, shape: ShapeName) => string,
): OddLine[] {
  return found.flatMap((place) =>
    shapes.map((shape) => ({ id: write(place, shape), event: place.event, path: place.path.join("."), shape })),
  );
}

/** One run for each field of a run's lines and each shape. */
export function writeOddRuns(sandbox: RegistrySandbox, shapes: readonly ShapeName[]): OddLine[] {
  let count = 0;
  return forEach(places(/^runs\/.*events\.jsonl$/), shapes, (place, shape) => {
    const id = `odd-${(count += 1)}`;
    const known = String((JSON.parse(place.lines[0] ?? "") as JsonObject)["runId"]);
    const rename = (text: string): string => text.replaceAll(JSON.stringify(known), JSON.stringify(id));
    sandbox.write(`runs/${id}/events.jsonl`, journal(place, shape, rename));
    return id;
  });
}

/** One flow for each field of a flow's lines and each shape. */
export function writeOddFlows(sandbox: RegistrySandbox, shapes: readonly ShapeName[]): OddLine[] {
  let count = 0;
  return forEach(places(/^flows\/.*events\.jsonl$/), shapes, (place, shape) => {
    const id = `f-20200101-${String((count += 1)).padStart(12, "0")}`;
    const known = String((JSON.parse(place.lines[0] ?? "") as JsonObject)["flowId"]);
    sandbox.write(
      `flows/${id}/events.jsonl`,
      journal(place, shape, (text) => text.replaceAll(known, id)),
    );
    return id;
  });
}

/** One day for each field of the ledger's lines and each shape. */
export function writeOddDays(sandbox: RegistrySandbox, shapes: readonly ShapeName[]): OddLine[] {
  let count = 0;
  return forEach(places(/^ledger\/.*\.jsonl$/), shapes, (place, shape) => {
    const day = new Date(Date.UTC(1990, 0, (count += 1))).toISOString().slice(0, 10);
    const digits = day.replaceAll("-", "");
    const rename = (text: string): string => text.replaceAll(/t-\d{8}-/g, `t-${digits}-`);
    // Only what the odd line needs: a day of the golden ledger has dozens of tasks.
    const from = Math.max(0, place.index - 3);
    const near = { ...place, lines: place.lines.slice(from), index: place.index - from };
    sandbox.write(`ledger/${day}.jsonl`, journal(near, shape, rename));
    return day;
  });
}
