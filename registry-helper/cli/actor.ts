import type { VerbContext } from "./verb.ts";

/** Who gave the command, as the journal names it: `--by`, the session of an agent, else the command line. */
export function actorOf({ env, args }: Pick<VerbContext, "env" | "args">): string {
  return args.options["by"] || env["CLAWTASK_SESSION_KEY"] || "command line";
}
