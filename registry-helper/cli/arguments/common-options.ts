import { parseDuration } from "../../model/duration.ts";
import { usageError } from "../../model/errors.ts";
import { type Json, parseJsonArgument } from "../../model/json.ts";
import { requireDuration, requireWholeNumber, resolveLimit } from "../../operations/input-checks.ts";

/** An option of a command, as its reader is told of it. */
interface NamedOption {
  name: string;
  command: string;
}

/** Options that every mutating verb takes. */
export const KEY_OPTION = { name: "key" } as const;

/** The revision that whoever gives the command saw; a change that was made since refuses it. */
export const REVISION_OPTION = { name: "expected-revision", read: readRevision } as const;

/** Options of commands that change one thing. */
export const CHANGE_OPTIONS = [REVISION_OPTION, KEY_OPTION] as const;

export const PAYLOAD_OPTION = { name: "payload-json", as: "payload", read: readJson } as const;

/** Options of commands that add an event with words to a run. */
export const MESSAGE_OPTIONS = [{ name: "message" }, PAYLOAD_OPTION, KEY_OPTION] as const;

/** The page size of a list. */
export const LIMIT_OPTION = { name: "limit", read: readLimit } as const;

/** @throws ClawTaskError `invalid_json` | `too_large` */
export function readJson(text: string | undefined, { name }: Pick<NamedOption, "name">): Json {
  return parseJsonArgument(`--${name}`, text);
}

/** A length of time as people write it (`90s`, `30m`, `12h`), in milliseconds. */
export function readDuration(text: string | undefined, option: NamedOption): number | undefined {
  if (text === undefined) return undefined;
  const ms = (parseDuration(text) ?? NaN) / 1000;
  requireDuration(ms, option, text);
  return ms;
}

/** A whole number from 1 on. */
export function readWholeNumber(text: string | undefined, option: NamedOption): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  requireWholeNumber(value, option, text);
  return value;
}

/** @throws ClawTaskError `usage` */
export function readRevision(text: string | undefined, { command }: Pick<NamedOption, "command">): number | undefined {
  if (text === undefined) return undefined;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  throw usageError(`argument --expected-revision: a whole number, not '${text}'`, command);
}

function readLimit(text: string | undefined, { command }: NamedOption): number {
  return resolveLimit(text === undefined ? undefined : Number(text), command);
}
