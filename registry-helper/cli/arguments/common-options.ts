import { ClawTaskError } from "../../model/errors.ts";
import { type Json, parseJsonArgument } from "../../model/json.ts";
import { MAX_MESSAGE_LENGTH, MAX_BOUND_VALUE_LENGTH } from "../../model/limits.ts";
import type { ParsedArguments } from "../command.ts";

/** Options that every mutating verb takes. */
export const KEY_OPTION = { name: "key" } as const;

/** Options of commands that add an event with words to a run. */
export const MESSAGE_OPTIONS = [{ name: "message" }, { name: "payload-json" }, KEY_OPTION] as const;

/** @throws ClawTaskError `too_large` */
export function textOption(args: ParsedArguments, name: string, limit = MAX_MESSAGE_LENGTH): string | undefined {
  const value = args.options[name] ?? args.positionals[name];
  if (value !== undefined && value.length > limit) {
    throw new ClawTaskError("too_large", {
      message: `${name} is ${value.length} characters long; at most ${limit} are accepted`,
      remedy: { hint: "write long text into a file of the run and name the file" },
    });
  }
  return value;
}

export function boundValue(args: ParsedArguments): string | undefined {
  return textOption(args, "value", MAX_BOUND_VALUE_LENGTH);
}

/** OpenTask turns every falsy payload into an empty object. */
export function payloadOption(args: ParsedArguments): Json {
  const payload = parseJsonArgument("--payload-json", args.options["payload-json"]);
  const falsy = payload === null || payload === false || payload === 0 || payload === "" || isEmpty(payload);
  return falsy ? {} : payload;
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
