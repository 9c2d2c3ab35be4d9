/**
 * Checks of an operation's input that hold on every surface. The messages call an input by its name on the command line
 * (`argument --since: ...`), and the error leads to that command's help.
 */
import { parseDuration } from "../model/duration.ts";
import { ClawTaskError, usageError } from "../model/errors.ts";
import type { Json } from "../model/json.ts";
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_MESSAGE_LENGTH } from "../model/limits.ts";
import { type Micros, parseMicros } from "../model/time.ts";

/** What a check names in its message: an input such as `since`, of a command such as `tasks list`. */
export interface NamedInput {
  name: string;
  command: string;
}

/** @throws ClawTaskError `too_large` */
export function requireTextLength(name: string, text: string | undefined, limit = MAX_MESSAGE_LENGTH): void {
  if (text === undefined || text.length <= limit) return;
  throw new ClawTaskError("too_large", {
    message: `${name} is ${text.length} characters long; at most ${limit} are accepted`,
    remedy: { hint: "write long text into a file of the run and name the file" },
  });
}

/**
 * The same for several inputs at their usual limit, by their names.
 *
 * @throws ClawTaskError `too_large`
 */
export function requireTextLengths(texts: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text] of Object.entries(texts)) requireTextLength(name, text);
}

/** @throws ClawTaskError `usage` */
export function requireChoice(
  value: string | undefined,
  choices: readonly string[] | undefined,
  name: string,
  command: string,
): void {
  if (value === undefined || choices === undefined || choices.includes(value)) return;
  throw usageError(`argument ${name}: invalid choice: '${value}' (choose from ${choices.join(", ")})`, command);
}

/**
 * A whole number from 1 on. `written` is how it was given, for the message.
 *
 * @throws ClawTaskError `usage`
 */
export function requireWholeNumber(
  value: number | undefined,
  { name, command }: NamedInput,
  written = `${value}`,
): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw usageError(`argument --${name}: a whole number from 1 on is expected, not '${written}'`, command);
}

/**
 * A length of time in milliseconds, longer than nothing. `written` is how it was given, for the message.
 *
 * @throws ClawTaskError `usage`
 */
export function requireDuration(ms: number | undefined, { name, command }: NamedInput, written = `${ms}`): void {
  // A negative one would turn "older than" around.
  if (ms === undefined || (Number.isFinite(ms) && ms > 0)) return;
  throw usageError(`argument --${name}: a time such as 90s, 30m or 12h is expected, not '${written}'`, command);
}

/**
 * The page size of a list.
 *
 * @throws ClawTaskError `usage`
 */
export function resolveLimit(limit: number | undefined, command: string): number {
  const wanted = limit ?? DEFAULT_LIMIT;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= MAX_LIMIT) return wanted;
  throw usageError(`argument --limit: a whole number from 1 to ${MAX_LIMIT}`, command);
}

/**
 * A time as people write it: so long ago, a day, or an ISO time (UTC when it names no zone).
 *
 * @throws ClawTaskError `usage`
 */
export function parsePastTime(text: string, now: Micros, { name, command }: NamedInput): Micros {
  const ago = parseDuration(text);
  const candidates = [text, `${text}Z`, `${text}T00:00:00Z`];
  const at = ago === undefined ? candidates.map(parseMicros).find((one) => one !== undefined) : now - ago;
  if (at !== undefined) return at;
  throw usageError(`argument --${name}: 30m, 12h, 7d or an ISO time is expected, not '${text}'`, command);
}

/** OpenTask turns every falsy payload into an empty object. */
export function normalizePayload(payload: Json | undefined): Json {
  if (!payload) return {};
  return typeof payload === "object" && Object.keys(payload).length === 0 ? {} : payload;
}
