import type { Command } from "../../../registry-helper/cli/command.ts";
import { doctorAnswer, readGatewayHeartbeat, registryChecks } from "../../../registry-helper/internal.ts";
import { gatewayChecks } from "./gateway-checks.ts";
import { hostChecks } from "./host-checks.ts";
import { getOpenClawPaths } from "./openclaw-paths.ts";
import { skillChecks } from "./skill-checks.ts";

/** `clawtask doctor`: the registry, the host, the gateway and the skill, each with what mends it. */
export function packageDoctor(packageRoot: string): Command {
  return {
    jsonWhenPiped: false,
    spec: { command: "doctor", positionals: [], options: [] },
    async run(context) {
      const { registry, env } = context;
      const hostPaths = getOpenClawPaths(env);
      const note = readGatewayHeartbeat(registry);
      return doctorAnswer([
        ...registryChecks(context),
        ...hostChecks(hostPaths, env, note),
        ...(await gatewayChecks(hostPaths.config ?? {}, env, note)),
        ...skillChecks(hostPaths, env, packageRoot),
      ]);
    },
  };
}
