import { fileURLToPath } from "node:url";

/** As the commands that it shows call themselves, so that they can be pasted. */
const SELF = "openclaw clawtask";

/**
 * Runs the package's own command with these words, in place of the host's command line: it reads its words from the process,
 * finds the registry by the same rules as everywhere, and ends the process with its status. A plugin that starts programs
 * is one that a security audit has to name.
 */
export async function forwardCommand(argv: readonly string[]): Promise<never> {
  const command = new URL("./clawtask.cjs", import.meta.url);
  process.argv = [process.execPath, fileURLToPath(command), ...argv];
  process.env["CLAWTASK_SELF"] = SELF;
  await import(command.href);
  return await new Promise<never>(() => undefined);
}
