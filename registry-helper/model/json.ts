import { ClawTaskError, getErrorMessage, isClawTaskError } from "./errors.ts";
import {
  MAX_JSON_ARGUMENT_LENGTH,
  MAX_JSON_DEPTH,
  MAX_JSON_VALUES,
  MAX_RECORD_DEPTH,
  MAX_RECORD_VALUES,
} from "./limits.ts";

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

/** How much a JSON text may hold. What is deeper overflows the stack of whatever walks it or writes it again. */
export interface JsonBounds {
  /** Lists and objects inside each other. */
  readonly depth: number;
  /** Values in all, those of lists and objects included. */
  readonly values: number;
}

/** Of JSON that an agent, a person or another program hands in. */
export const INPUT_BOUNDS: JsonBounds = { depth: MAX_JSON_DEPTH, values: MAX_JSON_VALUES };
/** Of the registry's own files: what was handed in lies some levels deeper there. */
export const RECORD_BOUNDS: JsonBounds = { depth: MAX_RECORD_DEPTH, values: MAX_RECORD_VALUES };

/** Which bound a value exceeds, in words; undefined when it is within all. Never deeper on the stack than the bound. */
export function findExceededBound(value: unknown, bounds: JsonBounds): string | undefined {
  let left = bounds.values;
  const fits = (one: object, depth: number): boolean => {
    if (depth === 0) return false;
    if (Array.isArray(one)) {
      left -= one.length;
      return left >= 0 && one.every((item: unknown) => !isContainer(item) || fits(item, depth - 1));
    }
    for (const key in one) {
      left -= 1;
      const item: unknown = one[key as keyof typeof one];
      if (isContainer(item) && !fits(item, depth - 1)) return false;
    }
    return left >= 0;
  };
  if (!isContainer(value) || fits(value, bounds.depth)) return undefined;
  return left < 0 ? `it holds more than ${bounds.values} values` : `it is nested more than ${bounds.depth} levels deep`;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Sixteen digits in a row may be an integer that a double cannot hold (a Discord id, for one). */
const MAY_BE_INEXACT = /\d{16}/;

/**
 * Parses JSON without losing large integers: a number that a double cannot hold is kept as the text
 * it was written in. OpenTask is Python and keeps them; an id that changes in its last digits on the
 * way through would deliver to somebody else.
 *
 * A byte-order mark, as editors on Windows write it, is passed over. The only place in the helper where JSON of a file, a
 * command line or a request becomes a value; the length of the text is for the caller to bound, before it reads it.
 *
 * @throws SyntaxError as JSON.parse does
 * @throws ClawTaskError `too_large` for what is nested too deeply or holds too much
 */
export function parseJson(json: string, bounds = INPUT_BOUNDS): Json {
  const text = withoutByteOrderMark(json);
  const value = JSON.parse(text) as Json;
  const exceeded = findExceededBound(value, bounds);
  if (exceeded !== undefined)
    throw new ClawTaskError("too_large", {
      message: `the JSON is too large: ${exceeded}`,
      remedy: { hint: "put large content into a file of the run and name its path" },
    });
  // A reviver goes down the value on the stack, so only what is within the bounds meets it.
  return MAY_BE_INEXACT.test(text) ? (JSON.parse(text, keepExact) as Json) : value;
}

function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  return exactJson.rawJSON ? exactJson.rawJSON(source) : value;
}

/**
 * Parses JSON that somebody handed in, as one of the errors that they can act on.
 *
 * @param what it is, as they know it: a flag, a path
 * @throws ClawTaskError `invalid_json` | `too_large`
 */
export function parseJsonInput(what: string, text: string, hint: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (isClawTaskError(error)) {
      const { remedy } = error;
      const message = `${what}: ${error.message}`;
      throw new ClawTaskError(error.code, remedy === undefined ? { message } : { message, remedy });
    }
    throw new ClawTaskError("invalid_json", {
      message: `${what} is not valid JSON: ${getErrorMessage(error)}`,
      remedy: { hint },
      cause: error,
    });
  }
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
  return parseJsonInput(flag, text, `quote it for the shell, for example: ${flag} '{"key":"value"}'`);
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
