import { ClawTaskError } from "../model/errors.ts";
import { parseJsonArgument, type Json } from "../model/json.ts";
import { MAX_BOUND_VALUE_LENGTH, MAX_MESSAGE_LENGTH } from "../model/limits.ts";
import type { Registry, RootSource } from "../registry/registry.ts";
import type { ArgumentSpec, ParsedArguments } from "./arguments/parse-arguments.ts";
import type { HelpEntry } from "./help-entry.ts";

export interface VerbContext {
  registry: Registry;
  rootSource: RootSource;
  args: ParsedArguments;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** How to call this helper again, for commands that are shown to paste. */
  self: string;
  /** For verbs that print while they run; all others only answer. */
  isTerminal: boolean;
  out: (text: string) => void;
  /** Tells a person at a terminal how far a long piece of work is; elsewhere silent. */
  progress: (text: string) => void;
}

export interface VerbAnswer {
  /** The JSON document for machines. */
  json: unknown;
  /** The same for a person, in at most 80 columns where the content allows it. */
  text: () => string;
  /** Exit status; 0 unless said otherwise. */
  exit?: number;
  /** It has printed everything by itself, while it ran. */
  silent?: boolean;
  /** Lines for stderr, such as a torn tail that was cut off. */
  notices?: readonly string[];
}

export interface Verb {
  spec: ArgumentSpec;
  /** Of verbs that are not the helper's own; its own stand in `help.ts`. */
  help?: HelpEntry;
  /** OpenTask's verbs answer in JSON when nobody sits at a terminal; the others only with --json. */
  jsonWhenPiped: boolean;
  run(context: VerbContext): VerbAnswer | Promise<VerbAnswer>;
}

/** Options that every mutating verb takes. */
export const KEY_OPTION = { name: "key" } as const;

/** @throws ClawTaskError `too_large` */
export function textOption(args: ParsedArguments, name: string, limit = MAX_MESSAGE_LENGTH): string | undefined {
  const value = args.options[name] ?? args.positionals[name];
  if (value !== undefined && value.length > limit) {
    throw new ClawTaskError("too_large", {
      message: `${name} is ${value.length} characters long; at most ${limit} are accepted`,
      next: "write long text into a file of the run and name the file",
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
