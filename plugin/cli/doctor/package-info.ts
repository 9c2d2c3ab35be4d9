import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { recordIn, textIn } from "../../host/untyped-fields.ts";

/** An installed package. */
export interface PackageInfo {
  readonly folder: string;
  readonly version: string;
}

/** The package in this folder, when it has that name. */
export function packageIn(folder: string, name: string): PackageInfo | undefined {
  try {
    const manifest = recordIn(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
    const version = textIn(manifest, "version");
    return textIn(manifest, "name") === name && version !== undefined ? { folder, version } : undefined;
  } catch {
    return undefined;
  }
}

/** The OpenClaw whose command this user calls. Starting it would take a second. */
export function installedHost(env: NodeJS.ProcessEnv): PackageInfo | undefined {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const command = join(folder, process.platform === "win32" ? "openclaw.cmd" : "openclaw");
    if (folder === "" || !isExecutable(command)) continue;
    // A link leads into the package; a script of pnpm or Windows lies beside the folder of packages.
    const found = packageAbove(realpathSync(command)) ?? packageBeside(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function packageAbove(path: string): PackageInfo | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = packageIn(folder, "openclaw");
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function packageBeside(folder: string): PackageInfo | undefined {
  const places = [
    join(folder, "..", "openclaw"),
    join(folder, "node_modules", "openclaw"),
    join(folder, "..", "lib", "node_modules", "openclaw"),
  ];
  return places.map((place) => packageIn(place, "openclaw")).find((found) => found !== undefined);
}

/** The plugin as the host has it: installed by its command, or loaded from a folder that the configuration names. */
export function installedPlugin(stateDir: string, loadPaths: readonly string[]): PackageInfo | undefined {
  const projects = join(stateDir, "npm", "projects");
  const places = [
    ...loadPaths,
    ...namesIn(projects).map((project) => join(projects, project, "node_modules", "clawtask")),
    join(stateDir, "npm", "node_modules", "clawtask"),
    join(stateDir, "extensions", "clawtask"),
  ];
  return places.map((place) => packageIn(place, "clawtask")).find((found) => found !== undefined);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
