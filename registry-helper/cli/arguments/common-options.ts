import { type Json, parseJsonArgument } from "../../model/json.ts";
import { MAX_MESSAGE_LENGTH } from "../../model/limits.ts";
import { requireTextLength } from "../../operations/input-checks.ts";
import type { ChangeInput } from "../../operations/operation.ts";
import type { ParsedArguments } from "../command.ts";
import { REVISION_OPTION, revisionOption } from "./number-options.ts";

/** Options that every mutating verb takes. */
export const KEY_OPTION = { name: "key" } as const;

/** Options of commands that change one thing. */
export const CHANGE_OPTIONS = [REVISION_OPTION, KEY_OPTION] as const;

/** @throws ClawTaskError `usage` */
export function changeOptions(args: ParsedArguments, command: string): ChangeInput {
  return { key: args.options["key"], expectedRevision: revisionOption(args, command) };
}

/** Options of commands that add an event with words to a run. */
export const MESSAGE_OPTIONS = [{ name: "message" }, { name: "payload-json" }, KEY_OPTION] as const;

/** @throws ClawTaskError `too_large` */
export function textOption(args: ParsedArguments, name: string, limit = MAX_MESSAGE_LENGTH): string | undefined {
  const value = args.options[name] ?? args.positionals[name];
  requireTextLength(name, value, limit);
  return value;
}

/** @throws ClawTaskError `invalid_json` | `too_large` */
export function payloadOption(args: ParsedArguments): Json {
  return parseJsonArgument("--payload-json", args.options["payload-json"]);
}
