import { usageError } from "../../model/errors.ts";
import { requireChoice } from "../../operations/input-checks.ts";
import type { ArgumentSpec, ParsedArguments } from "../command.ts";

/** Options that every verb takes, before or after it. */
export const GLOBAL_OPTIONS: ArgumentSpec["options"] = [
  { name: "registry-root" },
  { name: "json", flag: true },
  { name: "text", flag: true },
  { name: "help", flag: true },
];

const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/;

/** A token with a space is a positional to argparse, unless what stands before its `=` is an option. */
function looksLikeOption(token: string, known: ArgumentSpec["options"]): boolean {
  if (!token.startsWith("-") || token === "-" || NEGATIVE_NUMBER.test(token)) return false;
  if (!token.includes(" ")) return true;
  const [written = ""] = token.split("=", 1);
  return token.includes("=") && written.length > 2 && known.some(({ name }) => `--${name}`.startsWith(written));
}

/**
 * Reads a command line as Python's argparse does, which OpenTask uses: options before or after
 * positionals, `--opt=value`, unambiguous prefixes, `--`, and no positional that begins with a dash
 * unless it contains a space or is a negative number. No well-kept library has these habits.
 *
 * @throws ClawTaskError `usage`
 */
export function parseArguments(spec: ArgumentSpec, tokens: readonly string[]): ParsedArguments {
  const known = [...spec.options, ...GLOBAL_OPTIONS];
  const parsed = {
    positionals: {} as Record<string, string>,
    options: {} as Record<string, string>,
    flags: new Set<string>(),
    lists: {} as Record<string, string[]>,
  };
  const values: string[] = [];
  const queue = [...tokens];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (token === "--") {
      values.push(...queue.splice(0));
    } else if (token === "-h") {
      parsed.flags.add("help");
    } else if (looksLikeOption(token, known)) {
      readOption(spec.command, known, token, queue, parsed);
    } else {
      values.push(token);
    }
  }
  if (parsed.flags.has("help")) return parsed;
  assignPositionals(spec, values, parsed);
  const missing = spec.options.filter(
    (option) => option.required === true && parsed.options[option.name] === undefined,
  );
  if (missing.length > 0) {
    throw usageError(
      `the following arguments are required: ${missing.map((option) => `--${option.name}`).join(", ")}`,
      spec.command,
    );
  }
  return parsed;
}

function readOption(
  command: string,
  known: ArgumentSpec["options"],
  token: string,
  queue: string[],
  parsed: { options: Record<string, string>; flags: Set<string>; lists: Record<string, string[]> },
): void {
  const [written = "", ...rest] = token.split("=");
  const option = matchOption(command, known, written);
  const inline = token.includes("=") ? rest.join("=") : undefined;
  if (option.flag === true) {
    if (inline !== undefined) throw usageError(`argument --${option.name}: takes no value`, command);
    parsed.flags.add(option.name);
    return;
  }
  const following = queue[0];
  const hasFollowing = following !== undefined && following !== "--" && !looksLikeOption(following, known);
  const value = inline ?? (hasFollowing ? queue.shift() : undefined);
  if (value === undefined) throw usageError(`argument --${option.name}: expected one argument`, command);
  requireChoice(value, option.choices, `--${option.name}`, command);
  parsed.options[option.name] = value;
  (parsed.lists[option.name] ??= []).push(value);
}

function matchOption(
  command: string,
  known: ArgumentSpec["options"],
  written: string,
): ArgumentSpec["options"][number] {
  const name = written.slice(2);
  const exact = known.find((option) => option.name === name);
  if (exact !== undefined && written.startsWith("--")) return exact;
  const matches = written.startsWith("--") && name !== "" ? known.filter((option) => option.name.startsWith(name)) : [];
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only;
  if (matches.length > 1) {
    throw usageError(
      `ambiguous option: ${written} could match ${matches.map((option) => `--${option.name}`).join(", ")}`,
      command,
    );
  }
  throw usageError(`unrecognized arguments: ${written}`, command);
}

function assignPositionals(spec: ArgumentSpec, values: readonly string[], into: ParsedArguments): void {
  spec.positionals.forEach((positional, index) => {
    const value = values[index];
    if (value === undefined) {
      if (positional.optional === true) return;
      const missing = spec.positionals.slice(index).filter((one) => one.optional !== true);
      throw usageError(
        `the following arguments are required: ${missing.map((one) => one.name).join(", ")}`,
        spec.command,
      );
    }
    requireChoice(value, positional.choices, positional.name, spec.command);
    into.positionals[positional.name] = value;
    if (positional.many === true) into.lists[positional.name] = values.slice(index);
  });
  const takesMany = spec.positionals.at(-1)?.many === true;
  const extra = takesMany ? [] : values.slice(spec.positionals.length);
  if (extra.length > 0) throw usageError(`unrecognized arguments: ${extra.join(" ")}`, spec.command);
}
