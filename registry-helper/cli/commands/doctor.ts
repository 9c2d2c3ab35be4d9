import type { Check } from "../../operations/maintenance/check.ts";
import { doctor } from "../../operations/maintenance/doctor.ts";
import { readRegistryPointer } from "../../registry/resolve-root.ts";
import type { CommandAnswer, CommandContext } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** What can be said of a registry without the gateway. */
export function registryChecks(context: CommandContext): Check[] {
  const { registry, rootSource, env } = context;
  const input = { rootSource, pluginRoot: readRegistryPointer(registry.fs, env) };
  return doctor(toIndexedContext(context), input).document.checks;
}

export function doctorAnswer(checks: readonly Check[]): CommandAnswer {
  const ok = checks.every((check) => check.ok);
  return {
    json: { ok, checks },
    exit: ok ? 0 : 1,
    text: () =>
      `${checks.map(({ check, ok: well, found, fix }) => `${well ? "ok " : "BAD"}  ${check}: ${found}${fix === undefined ? "" : `\n     fix: ${fix}`}`).join("\n")}\n`,
  };
}

export const doctorCommand = defineCommand({
  command: "doctor",
  run: (context) => doctorAnswer(registryChecks(context)),
});
