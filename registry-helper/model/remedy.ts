/** A command that helps, by its parts. Every surface shows it in its own way. */
export interface SuggestedCommand {
  /** Set for a command of the host; without, it is one of ClawTask. */
  program?: "openclaw";
  /** One or two words: `retry`, `tasks show`. */
  name: string;
  /** The words after it, as they are: no quoting. A placeholder is in angle brackets: `<why>`. */
  args: readonly string[];
}

/** What to do about an error. */
export interface Remedy {
  /** One short sentence without a period. With commands, it leads up to them; it may end in ", or". */
  hint?: string;
  /** Set when the hint helps only there; other surfaces leave it out. */
  scope?: "command line" | "api";
  /** Alternatives, the best first. */
  commands?: readonly SuggestedCommand[];
}

/**
 * @example
 * suggest("tasks show", taskId) // { name: "tasks show", args: ["t-1"] }
 */
export function suggest(name: string, ...args: readonly string[]): SuggestedCommand {
  return { name, args };
}

/** A word as a shell takes it, for commands that are shown to paste. */
export function quoteShellWord(word: string): string {
  if (/^<[a-z ]+>$/.test(word)) return word.includes(" ") ? `"${word}"` : word;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Starts what records, sends and cancels; for what only a running gateway can settle. */
export const START_GATEWAY: SuggestedCommand = { program: "openclaw", name: "gateway start", args: [] };

/** A command line to paste. `self` is how the helper is called where it is shown. */
export function formatCommand({ program, name, args }: SuggestedCommand, self = "clawtask"): string {
  return [program ?? self, name, ...args.map(quoteShellWord)].filter((part) => part !== "").join(" ");
}

/**
 * A remedy as one line of text.
 *
 * @example
 * formatRemedy({ hint: "start over", commands: [suggest("fork", "r-1", "--from", "a")] })
 * // "start over: clawtask fork r-1 --from a"
 */
export function formatRemedy({ hint, commands = [] }: Remedy, self = "clawtask"): string {
  const lines = commands.map((command) => formatCommand(command, self)).join(", or: ");
  return [hint, lines].filter((part) => part !== undefined && part !== "").join(": ");
}
