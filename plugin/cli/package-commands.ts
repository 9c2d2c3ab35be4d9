import type { Command } from "../../registry-helper/cli/command.ts";
import { packageDoctor } from "./doctor/doctor.ts";
import { installSkill } from "./install-skill.ts";
import { serveCommand } from "./serve.ts";

/** Verbs that need the installed package, by name. */
export function packageCommands(packageRoot: string): Readonly<Record<string, Command>> {
  return {
    serve: serveCommand(packageRoot),
    "install-skill": installSkill(packageRoot),
    doctor: packageDoctor(packageRoot),
  };
}
