import { NAMELESS } from "../../domain/run/anonymous-caller.ts";
import type { VerbContext } from "../command.ts";

/** Who gave the command, as the journal names it: `--by`, the session of an agent, else the command line. */
export function actorOf({ env, args }: Pick<VerbContext, "env" | "args">): string {
  return args.options["by"] || env["CLAWTASK_SESSION_KEY"] || NAMELESS;
}

/** Who calls, whoever they speak for with `--by`. */
export function callerOf({ env }: Pick<VerbContext, "env">): string {
  return env["CLAWTASK_SESSION_KEY"] || NAMELESS;
}
