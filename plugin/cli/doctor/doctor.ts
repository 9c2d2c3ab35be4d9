import { readGatewayNote } from "../../../registry-helper/index.ts";
import { doctorAnswer, registryChecks } from "../../../registry-helper/cli/commands/doctor.ts";
import type { Verb } from "../../../registry-helper/cli/command.ts";
import { gatewayChecks } from "./gateway-checks.ts";
import { hostChecks } from "./host-checks.ts";
import { hostPlace } from "./openclaw-paths.ts";
import { skillChecks } from "./skill-checks.ts";

/** `clawtask doctor`: the registry, the host, the gateway and the skill, each with what mends it. */
export function doctor(packageRoot: string): Verb {
  return {
    jsonWhenPiped: false,
    spec: { verb: "doctor", positionals: [], options: [] },
    async run(context) {
      const { registry, env } = context;
      const place = hostPlace(env);
      const note = readGatewayNote(registry);
      return doctorAnswer([
        ...registryChecks(context),
        ...hostChecks(place, env, note),
        ...(await gatewayChecks(place.config ?? {}, env, note)),
        ...skillChecks(place, env, packageRoot),
      ]);
    },
  };
}
