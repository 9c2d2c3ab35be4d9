import { ANONYMOUS_CALLER } from "../../domain/run/anonymous-caller.ts";
import type { CommandContext } from "../command.ts";

/** Who gave the command, as the journal names it: `--by`, the session of an agent, else the command line. */
export function getActor({ env, args }: Pick<CommandContext, "env" | "args">): string {
  return args.options["by"] || env["CLAWTASK_SESSION_KEY"] || ANONYMOUS_CALLER;
}

/** Who calls, whoever they speak for with `--by`. */
export function getCaller({ env }: Pick<CommandContext, "env">): string {
  return env["CLAWTASK_SESSION_KEY"] || ANONYMOUS_CALLER;
}
