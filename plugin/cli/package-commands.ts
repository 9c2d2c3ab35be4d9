import type { Verb } from "../../registry-helper/cli/command.ts";
import { doctor } from "./doctor/doctor.ts";
import { installSkill } from "./install-skill.ts";
import { serve } from "./serve.ts";

/** Verbs that need the installed package, by name. */
export function packageVerbs(packageRoot: string): Readonly<Record<string, Verb>> {
  return { serve: serve(packageRoot), "install-skill": installSkill(packageRoot), doctor: doctor(packageRoot) };
}
