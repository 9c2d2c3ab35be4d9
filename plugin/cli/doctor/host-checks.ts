import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Check, HeartbeatContent } from "../../../registry-helper/internal.ts";
import { type HostRecord, recordIn, textIn } from "../../host/untyped-fields.ts";
import type { OpenClawPaths } from "./openclaw-paths.ts";

/** Versions of OpenClaw that ClawTask was tested against, each with a real gateway. */
export const TESTED_HOSTS: readonly string[] = ["2026.9.6"];

const ENABLE = "openclaw plugins enable clawtask && openclaw gateway restart";

/** What can be said of the host without asking its gateway. */
export function hostChecks(
  hostPaths: OpenClawPaths,
  env: NodeJS.ProcessEnv,
  note: HeartbeatContent | undefined,
): Check[] {
  const host = installedHost(env);
  return [checkHost(host, note), checkVersion(note?.hostVersion ?? host?.version), ...checkPlugin(hostPaths, note)];
}

function checkHost(host: PackageInfo | undefined, note: HeartbeatContent | undefined): Check {
  const check = "openclaw";
  if (host !== undefined) return { check, ok: true, found: `${host.version} in ${host.folder}` };
  if (note !== undefined) return { check, ok: true, found: "not on this PATH; its gateway runs" };
  return {
    check,
    ok: false,
    found: "no openclaw command on the PATH",
    fix: `npm install -g openclaw@${newestTested()}`,
  };
}

function checkVersion(version: string | undefined): Check {
  const check = "tested with this openclaw";
  if (version === undefined) return { check, ok: true, found: "no openclaw to look at" };
  if (TESTED_HOSTS.includes(version)) return { check, ok: true, found: `yes, ${version}` };
  const found = `no: ${version}; tested are ${TESTED_HOSTS.join(", ")}`;
  return {
    check,
    ok: false,
    found,
    fix: `npm install -g openclaw@${newestTested()}, or openclaw plugins update clawtask`,
  };
}

function newestTested(): string {
  return TESTED_HOSTS.at(-1) ?? "latest";
}

function checkPlugin(hostPaths: OpenClawPaths, note: HeartbeatContent | undefined): Check[] {
  const { stateDir, configPath, config, problem } = hostPaths;
  if (config === undefined) {
    const found = problem === undefined ? `no ${configPath}` : `${configPath}: ${problem}`;
    const fix = problem === undefined ? "openclaw onboard (or set OPENCLAW_CONFIG_PATH)" : "openclaw config validate";
    return [{ check: "openclaw configuration", ok: false, found, fix }];
  }
  const plugins = recordIn(config["plugins"]);
  const plugin = installedPlugin(stateDir, textsIn(recordIn(plugins["load"])["paths"]));
  return [
    { check: "openclaw configuration", ok: true, found: configPath },
    checkInstalled(plugin, note),
    // A configuration that is spread over files is put together by the host alone.
    ...("$include" in config || "$include" in plugins ? [] : [checkEnabled(plugins), checkLists(plugins)]),
  ];
}

function checkInstalled(plugin: PackageInfo | undefined, note: HeartbeatContent | undefined): Check {
  const check = "plugin installed";
  if (plugin !== undefined) return { check, ok: true, found: `${plugin.version} in ${plugin.folder}` };
  if (note !== undefined) return { check, ok: true, found: "a gateway runs it" };
  const fix = "openclaw plugins install clawtask --accept-capabilities";
  return { check, ok: false, found: "not found", fix };
}

function checkEnabled(plugins: HostRecord): Check {
  const check = "plugin enabled";
  if (plugins["enabled"] === false)
    return { check, ok: false, found: "plugins are off", fix: "openclaw config set plugins.enabled true" };
  const entry = recordIn(recordIn(plugins["entries"])["clawtask"]);
  if (entry["enabled"] === true) return { check, ok: true, found: "yes" };
  const found = entry["enabled"] === false ? "switched off" : "not switched on";
  return { check, ok: false, found, fix: ENABLE };
}

/** The plugin uses none of the hooks that need a right of their own: to be let in is all that it needs. */
function checkLists(plugins: HostRecord): Check {
  const check = "permissions";
  const allow = plugins["allow"];
  if (textsIn(plugins["deny"]).includes("clawtask"))
    return { check, ok: false, found: "plugins.deny names clawtask", fix: "take clawtask out of plugins.deny" };
  if (Array.isArray(allow) && allow.length > 0 && !allow.includes("clawtask"))
    return { check, ok: false, found: "plugins.allow leaves clawtask out", fix: "add clawtask to plugins.allow" };
  return { check, ok: true, found: "sufficient; access to conversations is not needed" };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

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
