import { ClawTaskError, getErrorMessage } from "./errors.ts";
import { MAX_JSON_ARGUMENT_LENGTH } from "./limits.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface ExactJson {
  rawJSON?: (text: string) => Json;
  isRawJSON?: (value: unknown) => boolean;
}
const exactJson = JSON as unknown as ExactJson;

/** Text without the mark with which editors on Windows begin a file. */
export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Sixteen digits in a row may be an integer that a double cannot hold (a Discord id, for one). */
const MAY_BE_INEXACT = /\d{16}/;

/**
 * Parses JSON without losing large integers: a number that a double cannot hold is kept as the text
 * it was written in. OpenTask is Python and keeps them; an id that changes in its last digits on the
 * way through would deliver to somebody else.
 *
 * A byte-order mark, as editors on Windows write it, is passed over.
 *
 * @throws SyntaxError as JSON.parse does
 */
export function parseJson(json: string): Json {
  const text = withoutByteOrderMark(json);
  if (!MAY_BE_INEXACT.test(text)) return JSON.parse(text) as Json;
  const keepExact = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined || String(value) === source) return value;
    if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
    return exactJson.rawJSON ? exactJson.rawJSON(source) : value;
  };
  return JSON.parse(text, keepExact) as Json;
}

/**
 * Parses a JSON command-line argument. Empty counts as absent, as OpenTask has it.
 *
 * @throws ClawTaskError `invalid_json` | `too_large`
 */
export function parseJsonArgument(flag: string, text: string | undefined): Json | null {
  if (text === undefined || text === "") return null;
  if (text.length > MAX_JSON_ARGUMENT_LENGTH) {
    throw new ClawTaskError("too_large", {
      message: `${flag} is ${text.length} characters long; at most ${MAX_JSON_ARGUMENT_LENGTH} are accepted`,
      remedy: { hint: "put large content into a file of the run and name its path in the payload" },
    });
  }
  try {
    return parseJson(text);
  } catch (error) {
    throw new ClawTaskError("invalid_json", {
      message: `${flag} is not valid JSON: ${getErrorMessage(error)}`,
      remedy: { hint: `quote it for the shell, for example: ${flag} '{"key":"value"}'` },
      cause: error,
    });
  }
}

const NON_ASCII = /[\u007f-\uffff]/g;
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** In ASCII only: U+2028, U+2029 and U+0085 would split OpenTask's log lines in two. */
function inAscii(json: string): string {
  return json.replace(NON_ASCII, escapeUnit);
}

/** The digits of an integer that `parseJson` kept exact; undefined for every other value. */
export function exactDigits(value: unknown): string | undefined {
  return exactJson.isRawJSON?.(value) === true ? JSON.stringify(value) : undefined;
}

/**
 * One journal line without its newline, byte for byte as Python's `json.dumps` writes it: on one line, with a space
 * behind each comma and colon. Strings hold no line breaks, which are escaped in them; so every one that is written
 * is the layout's.
 */
export function toJsonLine(value: unknown): string {
  const lines = JSON.stringify(value, null, 1) ?? "null";
  return inAscii(lines.replace(/,\n */g, ", ").replace(/\n */g, ""));
}

/** A registry file: two spaces, ASCII, final newline, as Python's `json.dumps(indent=2)` writes it. */
export function toJsonFile(value: unknown): string {
  return inAscii(toJsonOutput(value));
}

/** What the command line prints: two spaces, real characters, final newline. */
export function toJsonOutput(value: unknown): string {
  return `${JSON.stringify(value, null, 2) ?? "null"}\n`;
}

/** A journal line has no room for what is not given: `undefined` and absent are the same to a caller. */
export function omitUndefined<Shape extends object>(
  shape: Shape,
): { [Name in keyof Shape]: Exclude<Shape[Name], undefined> } {
  const entries: [string, unknown][] = Object.entries(shape);
  const given: unknown = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return given as { [Name in keyof Shape]: Exclude<Shape[Name], undefined> };
}
