import { getErrorMessage, type Remedy } from "../../registry-helper/internal.ts";
import { type HostRecord, recordIn, textIn } from "../host/untyped-fields.ts";

/** Runs a command line of the helper on the gateway's registry: the recorder's worker thread does.
 *
 * @param by who gives the command, as the journal names it
 */
export type CliRunner = (argv: string[], by?: string) => Promise<{ exit: number; out: string; err: string }>;

/** The same, with everything that it changes in this name. */
export function withActor(by: string | undefined, run: CliRunner): CliRunner {
  return (argv) => run(argv, by);
}

/** One verb with its options and free values kept apart, so that nothing a person types is taken for an option. */
export interface CommandCall {
  readonly command: string;
  /** A list stands for an option that is given several times, `true` for a flag; undefined is left out. */
  readonly options?: Readonly<Record<string, OptionValue>>;
  readonly values?: readonly string[];
}

export type OptionValue = string | number | boolean | readonly string[] | undefined;

export interface CommandError {
  readonly code: string;
  readonly message: string;
  /** What to do about it, as one line, and by its parts. */
  readonly next?: string;
  readonly remedy?: Remedy;
  /** Facts for a program that goes on by itself, such as a flow's current revision. */
  readonly details?: HostRecord;
}

/** The document that the verb printed, or its coded error. A document may say no, as `tasks cancel` does. */
export type CommandResult = { readonly document: HostRecord } | { readonly error: CommandError };

/** Runs a verb and reads its JSON. Never throws. */
export async function runCommand(run: CliRunner, call: CommandCall): Promise<CommandResult> {
  try {
    const { out, err } = await run(toArgv(call));
    const document = parseJson(out);
    return document === undefined ? { error: parseError(err) } : { document };
  } catch (error) {
    return { error: { code: "internal", message: getErrorMessage(error) } };
  }
}

export function toArgv({ command, options = {}, values = [] }: CommandCall): string[] {
  const words = Object.entries(options).flatMap(([name, value]) => toOptionArgs(name, value));
  return [...command.split(" "), ...words, "--json", ...(values.length === 0 ? [] : ["--", ...values])];
}

function toOptionArgs(name: string, value: OptionValue): string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${name}`];
  const list = typeof value === "object" ? value : [value];
  return list.map((one) => `--${name}=${one}`);
}

function parseError(err: string): CommandError {
  const error = recordIn(parseJson(err)?.["error"]);
  const next = textIn(error, "next");
  const details = error["details"] === undefined ? undefined : recordIn(error["details"]);
  return {
    code: textIn(error, "code") ?? "internal",
    message: textIn(error, "message") ?? (err.trim() || "the ledger gave no answer"),
    ...(next === undefined ? {} : { next }),
    ...(error["remedy"] === undefined ? {} : { remedy: error["remedy"] as Remedy }),
    ...(details === undefined ? {} : { details }),
  };
}

function parseJson(text: string): HostRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as HostRecord) : undefined;
  } catch {
    return undefined;
  }
}
