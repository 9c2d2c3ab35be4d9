import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** As the commands that it shows call themselves, so that they can be pasted. */
const SELF = "openclaw clawtask";

/**
 * Runs the package's own command with these words, in this terminal, and gives its exit status. A process of its own:
 * it finds the registry by the same rules as everywhere, and the host's command line is left as it was.
 */
export function forwardCommand(argv: readonly string[]): Promise<number> {
  const command = fileURLToPath(new URL("./clawtask.cjs", import.meta.url));
  const child = spawn(process.execPath, [command, ...argv], {
    stdio: "inherit",
    env: { ...process.env, CLAWTASK_SELF: SELF },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
  });
}
