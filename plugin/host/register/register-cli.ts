import type { PluginApi } from "../plugin-api.ts";

/** A command under `openclaw`, whose words are passed on as they were typed. */
export interface ForwardedCommand {
  readonly name: string;
  readonly description: string;
  /** Runs it and gives its exit status. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/**
 * Registers a command of the host's own command line. The host's parser would take options that it knows for its
 * own wherever they stand, and refuse all others: so it is told to let everything pass, and the words are taken from
 * the process.
 */
export function registerCli(api: PluginApi, { name, description, run }: ForwardedCommand): void {
  api.registerCli(
    ({ program }) => {
      program
        .command(name)
        .description(description)
        .argument("[words...]")
        .allowUnknownOption(true)
        .allowExcessArguments(true)
        .helpOption(false)
        .action(async () => {
          process.exitCode = await run(wordsAfter(name, process.argv));
        });
    },
    {
      descriptors: [{ name, description, hasSubcommands: true, machineOutput: ({ argv }) => argv.includes("--json") }],
    },
  );
}

/** Everything behind the first mention of the command. */
export function wordsAfter(name: string, argv: readonly string[]): string[] {
  return argv.slice(argv.indexOf(name, 2) + 1);
}
