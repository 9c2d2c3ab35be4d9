/** The `clawtask` command: the helper's verbs, and those that need the whole package. */
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { runCli } from "../../registry-helper/cli/main.ts";
import { processEnvironment } from "../../registry-helper/cli/process-environment.ts";

const MORE_HELP = `
  serve            Serve the registry on this machine: API, live streams and the dashboard
  install-skill    Put the skill into a shared skills directory
`;

const environment = processEnvironment();
const packageRoot = dirname(dirname(realpathSync(process.argv[1] ?? ".")));

void runCli({
  ...environment,
  // Under `openclaw clawtask` the commands to paste are called by that name.
  self: process.env["CLAWTASK_SELF"] || environment.self,
  moreHelp: MORE_HELP,
  extendedCommands: ["doctor"],
  moreCommands: async (command) => {
    const { packageCommands } = await import("./package-commands.ts");
    return packageCommands(packageRoot)[command];
  },
}).then((status) => {
  process.exit(status);
});
