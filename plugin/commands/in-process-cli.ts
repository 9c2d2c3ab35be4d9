import { runCli } from "../../registry-helper/cli/main.ts";
import type { CliRunner } from "./run-command.ts";

/** The command line of the helper on a registry, in this thread: the same verbs as in a terminal. */
export function createInProcessCli({ root }: { root: string }): CliRunner {
  return async (argv, by) => {
    let out = "";
    let err = "";
    const exit = await runCli({
      argv: ["--registry-root", root, ...argv],
      env: by === undefined ? {} : { CLAWTASK_SESSION_KEY: by },
      cwd: root,
      self: "clawtask",
      structuredErrors: true,
      isTerminal: false,
      out: (text) => (out += text),
      err: (text) => (err += text),
    });
    return { exit, out, err };
  };
}
