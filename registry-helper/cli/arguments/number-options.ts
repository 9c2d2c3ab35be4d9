import { parseDuration } from "../../model/duration.ts";
import { usageError } from "../../model/errors.ts";
import { requireDuration, requireWholeNumber, resolveLimit } from "../../operations/input-checks.ts";
import type { ParsedArguments } from "../command.ts";

/** A length of time as people write it (`90s`, `30m`, `12h`), in milliseconds. */
export function durationOption(args: ParsedArguments, name: string, command: string): number | undefined {
  const text = args.options[name];
  if (text === undefined) return undefined;
  const ms = (parseDuration(text) ?? NaN) / 1000;
  requireDuration(ms, { name, command }, text);
  return ms;
}

/** A whole number from 1 on. */
export function wholeNumberOption(args: ParsedArguments, name: string, command: string): number | undefined {
  const text = args.options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  requireWholeNumber(value, { name, command }, text);
  return value;
}

/** The revision that whoever gives the command saw; a change that was made since refuses it. */
export const REVISION_OPTION = { name: "expected-revision" } as const;

/** @throws ClawTaskError `usage` */
export function revisionOption({ options }: ParsedArguments, command: string): number | undefined {
  const text = options["expected-revision"];
  if (text === undefined) return undefined;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  throw usageError(`argument --expected-revision: a whole number, not '${text}'`, command);
}

/** The page size of a list. */
export function limitOption(options: Record<string, string>, command: string): number {
  const text = options["limit"];
  return resolveLimit(text === undefined ? undefined : Number(text), command);
}
