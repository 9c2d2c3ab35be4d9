import type { Command } from "../../registry-helper/cli/command.ts";
import { doctor } from "./doctor/doctor.ts";
import { installSkill } from "./install-skill.ts";
import { serve } from "./serve.ts";

/** Verbs that need the installed package, by name. */
export function packageCommands(packageRoot: string): Readonly<Record<string, Command>> {
  return { serve: serve(packageRoot), "install-skill": installSkill(packageRoot), doctor: doctor(packageRoot) };
}
