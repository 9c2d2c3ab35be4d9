import { toErrorDocument } from "../model/error-document.ts";
import { ClawTaskError, getExitStatus, isClawTaskError, usageError } from "../model/errors.ts";
import type { EventOrigin } from "../model/event-origin.ts";
import { toJsonOutput } from "../model/json.ts";
import { quoteShellWord } from "../model/remedy.ts";
import { terminalText } from "../model/sanitize-text.ts";
import { requireRoot } from "../registry/pinned-registry.ts";
import { openRegistry } from "../registry/registry.ts";
import { resolveRoot } from "../registry/resolve-root.ts";
import { realFileSystem } from "../storage/file-system.ts";
import { storageError } from "../storage/storage-errors.ts";
import { parseArguments } from "./arguments/parse-arguments.ts";
import { type ArgumentSpec, type Command, type CommandAnswer } from "./command.ts";
import { DEFAULT_COLUMNS } from "./output/layout.ts";
import { startupCommands } from "./startup-commands.ts";

/** What the command line touches of the process. */
export interface CliEnvironment {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  self: string;
  isTerminal: boolean;
  /** Whether a person sits in front of it: what is typed there was typed by somebody. */
  isInteractive?: () => boolean;
  /** How wide the terminal is; asked when something is laid out. */
  columns?: () => number | undefined;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Shows how far a long piece of work is, when a terminal is looking. */
  progress?: (text: string) => void;
  /** Verbs of other parts of the product, such as the plugin's; asked when the helper knows none. */
  moreCommands?: (command: string) => Promise<Command | undefined>;
  /** Verbs of the helper that `moreCommands` has in a fuller form. */
  extendedCommands?: readonly string[];
  /** Their lines in the overview of `--help`. */
  moreHelp?: string;
}

/** Whoever read the answer has left (`clawtask list | head -1`): there is nothing more to do. */
export class BrokenPipe extends Error {}

const NO_COMMAND: ArgumentSpec = { command: "", positionals: [], options: [{ name: "version", flag: true }] };

/**
 * One command: argv -> one operation -> one JSON document (or a text for a person). Returns the exit
 * status: 0 done, 1 the domain says no, 2 the command line was wrong.
 */
export async function runCli(environment: CliEnvironment): Promise<number> {
  const before = leadingOptions(environment.argv);
  let { argv } = environment;
  const wantsJson = argv.includes("--json");
  let { self } = environment;
  try {
    const commandName = argv[before];
    const globals = parseArguments(NO_COMMAND, argv.slice(0, before));
    if (commandName === "help") return await showHelp(environment, argv[before + 1]);
    if (commandName === undefined || globals.flags.has("help") || globals.flags.has("version")) {
      return await answerWithoutCommand(environment, globals.flags, commandName);
    }
    if (isGroupHelp(argv.slice(before))) return await showHelp(environment, undefined);
    argv = [...argv.slice(0, before), ...(await toOwnWords(argv.slice(before)))];
    const { command, words } = await findCommand(environment, argv.slice(before));
    const args = parseArguments(command.spec, argv.slice(before + words));
    if (args.flags.has("help")) return await showHelp(environment, command.spec.command, command);

    const flag = args.options["registry-root"] ?? globals.options["registry-root"];
    const { root, source } = resolveRoot({ flag, env: environment.env, cwd: environment.cwd });
    if (flag !== undefined) self = `${environment.self} --registry-root ${quoteShellWord(root)}`;
    if (!MAKING_COMMANDS.includes(command.spec.command)) requireRegistry({ root, source });
    const context = {
      registry: openRegistry({ root, origin: originOf(environment) }),
      rootSource: source,
      args,
      env: environment.env,
      actor: environment.env["CLAWTASK_SESSION_KEY"],
      cwd: environment.cwd,
      self,
      isTerminal: environment.isTerminal,
      get columns() {
        return lineWidth(environment);
      },
      out: environment.out,
      progress: environment.progress ?? (() => undefined),
    };
    const running = command.run(context);
    const answer = running instanceof Promise ? await running : running;
    const wantsText = environment.isTerminal || args.flags.has("text") || globals.flags.has("text");
    return print(environment, answer, wantsJson || (command.jsonWhenPiped && !wantsText));
  } catch (thrown) {
    if (thrown instanceof BrokenPipe) return 0;
    const error = storageError(thrown, "the registry");
    const text = errorText(error, wantsJson, self);
    environment.err(wantsJson ? text : terminalText(text));
    return getExitStatus(error);
  }
}

/** Verbs that make a registry where there is none, and those that need none. */
const MAKING_COMMANDS = ["scaffold", "workflow new", "flows create", "doctor", "install-skill"];

/** Whoever asks a folder that is no registry is not to be told that all is well in it. */
function requireRegistry({ root, source }: ReturnType<typeof resolveRoot>): void {
  if (source === "current directory")
    throw new ClawTaskError("registry_not_found", {
      message: `there is no registry in the current directory${root === "" ? "" : ` (${root})`}, and none is named`,
      remedy: { hint: "name it with --registry-root <folder>, or with CLAWTASK_REGISTRY_ROOT" },
    });
  requireRoot({ fs: realFileSystem, root });
}

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 400;

/** What `COLUMNS` says, else what the terminal says. */
function lineWidth({ env, columns }: CliEnvironment): number {
  const given = Number(env["COLUMNS"] ?? "");
  const width = Number.isInteger(given) && given > 0 ? given : (columns?.() ?? DEFAULT_COLUMNS);
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, width));
}

/** An agent's shell has its session; a person's terminal has none. */
function originOf({ env, isInteractive }: CliEnvironment): EventOrigin {
  const session = env["CLAWTASK_SESSION_KEY"];
  if (session !== undefined && session !== "") return { via: "cli", session };
  return { via: isInteractive?.() === true ? "terminal" : "cli" };
}

/** How many leading words are global options with their values; what follows is the verb. */
function leadingOptions(argv: readonly string[]): number {
  let index = 0;
  while (index < argv.length && (argv[index] ?? "").startsWith("-")) {
    const token = argv[index] ?? "";
    const takesValue = token.length > 3 && "--registry-root".startsWith(token);
    index += takesValue ? 2 : 1;
  }
  return Math.min(index, argv.length);
}

async function findCommand(
  environment: CliEnvironment,
  words: readonly string[],
): Promise<{ command: Command; words: number }> {
  const [first = "", second = ""] = words;
  const startup = commandIn(startupCommands, first);
  if (startup !== undefined) return { command: startup, words: 1 };
  const extended =
    environment.extendedCommands?.includes(first) === true ? await environment.moreCommands?.(first) : undefined;
  if (extended !== undefined) return { command: extended, words: 1 };
  const { lazyCommands } = await import("./lazy-commands.ts");
  const two = commandIn(lazyCommands, `${first} ${second}`);
  if (two !== undefined) return { command: two, words: 2 };
  const one = commandIn(lazyCommands, first);
  if (one !== undefined) return { command: one, words: 1 };
  const more = await environment.moreCommands?.(first);
  if (more !== undefined) return { command: more, words: 1 };
  throw usageError(`unknown command: ${first}${GROUPS.includes(first) ? ` ${second}`.trimEnd() : ""}`);
}

/** First words of verbs that are two words. */
const GROUPS: readonly string[] = ["tasks", "flows", "workflow"];

/** First words of OpenTask's operator commands. */
const ALIASED: readonly string[] = ["run", "control", "event", "node"];

/** The words of a command of ours: a group alone is its list, and OpenTask's operator commands have ours. */
async function toOwnWords(words: readonly string[]): Promise<readonly string[]> {
  const [first = "", second = "-"] = words;
  if (GROUPS.includes(first) && second.startsWith("-")) return [first, "list", ...words.slice(1)];
  if (!ALIASED.includes(first)) return words;
  const { rewriteAlias } = await import("./lazy-commands.ts");
  return rewriteAlias(words) ?? words;
}

/** `tasks --help`: a group has no help of its own, the overview shows all of it. */
function isGroupHelp([group, next]: readonly string[]): boolean {
  return group !== undefined && GROUPS.includes(group) && next === "--help";
}

/** Words such as `constructor` are properties of every object, but no verbs. */
function commandIn(commands: Readonly<Record<string, Command>>, name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

function print(environment: CliEnvironment, answer: CommandAnswer, asJson: boolean): number {
  for (const notice of answer.notices ?? []) environment.err(`note: ${terminalText(notice)}\n`);
  if (answer.silent === true) return answer.exit ?? 0;
  environment.out(asJson ? toJsonOutput(answer.json) : terminalText(answer.text()));
  return answer.exit ?? 0;
}

async function answerWithoutCommand(
  environment: CliEnvironment,
  flags: ReadonlySet<string>,
  command: string | undefined,
): Promise<number> {
  if (flags.has("version")) {
    const { version } = await import("./lazy-commands.ts");
    environment.out(`${version}\n`);
    return 0;
  }
  if (flags.has("help")) return await showHelp(environment, command);
  throw usageError("the following arguments are required: command");
}

async function showHelp(environment: CliEnvironment, name: string | undefined, found?: Command): Promise<number> {
  const { overviewOrHelp, commandHelp } = await import("./lazy-commands.ts");
  const command = found ?? (name === undefined ? undefined : await environment.moreCommands?.(name));
  environment.out(
    command?.help === undefined ? overviewOrHelp(name, environment.moreHelp) : commandHelp(command.spec, command.help),
  );
  return 0;
}

/** First line: OpenTask's text where it has one. Then the code and the way out. */
function errorText(error: unknown, asJson: boolean, self: string): string {
  if (!isClawTaskError(error)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return asJson
      ? toJsonOutput({ ok: false, error: { code: "internal", message } })
      : `${message}\n  code: internal\n`;
  }
  const { remedy: _remedy, ...document } = toErrorDocument(error, self);
  const { code, message, next } = document;
  if (asJson) return toJsonOutput({ ok: false, error: document });
  return `${message}\n  code: ${code}\n${next === undefined ? "" : `  next: ${next}\n`}`;
}
