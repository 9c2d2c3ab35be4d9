import type { OperationContext } from "../operations/operation.ts";
import type { RootSource } from "../registry/resolve-root.ts";

/** What a command runs with. It is an operation's context too: `actor` is the session of the calling agent. */
export interface CommandContext extends OperationContext {
  rootSource: RootSource;
  args: ParsedArguments;
  env: NodeJS.ProcessEnv;
  /** For verbs that print while they run; all others only answer. */
  isTerminal: boolean;
  /** The width that a text is laid out for. */
  readonly columns: number;
  out: (text: string) => void;
  /** Tells a person at a terminal how far a long piece of work is; elsewhere silent. */
  progress: (text: string) => void;
}

export interface CommandAnswer {
  /** The JSON document for machines. */
  json: unknown;
  /** The same for a person, laid out for `columns`. */
  text: () => string;
  /** Exit status; 0 unless said otherwise. */
  exit?: number;
  /** It has printed everything by itself, while it ran. */
  silent?: boolean;
  /** Lines for stderr, such as a torn tail that was voided. */
  notices?: readonly string[] | undefined;
}

export interface Command {
  spec: ArgumentSpec;
  /** Of verbs that are not the helper's own; its own stand in `help.ts`. */
  help?: HelpEntry;
  /** OpenTask's verbs answer in JSON when nobody sits at a terminal; the others only with --json. */
  jsonWhenPiped: boolean;
  run(context: CommandContext): CommandAnswer | Promise<CommandAnswer>;
}

/** What one verb takes on its command line. */
export interface ArgumentSpec {
  command: string;
  /** `many: true`, on the last one, takes all that follow. */
  positionals: readonly { name: string; choices?: readonly string[]; optional?: boolean; many?: boolean }[];
  /** Long option names without dashes; `flag: true` takes no value. */
  options: readonly { name: string; required?: boolean; flag?: boolean; choices?: readonly string[] }[];
}

export interface ParsedArguments {
  positionals: Record<string, string>;
  options: Record<string, string>;
  flags: ReadonlySet<string>;
  /** Every value of the positional that takes many, and of each option: the last one stands in `options`. */
  lists: Record<string, string[]>;
}

/** What the help says of one verb. */
export interface HelpEntry {
  summary: string;
  /** Something to paste. */
  examples: readonly string[];
  details?: string;
}
