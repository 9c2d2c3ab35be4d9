import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { PluginApi } from "./plugin-api.ts";
import { recordIn, textIn } from "./untyped-fields.ts";

/** Folder of the registry inside the agent's workspace, when nobody chose another place. */
const FOLDER_IN_WORKSPACE = "clawtask";

/**
 * Which registry the plugin writes to: its config, else the environment, else a folder in the workspace of
 * the default agent. Everybody else learns it from the plugin (environment of `exec`, root note).
 */
export function registryLocation(api: PluginApi, env: NodeJS.ProcessEnv): { root: string; why: string } {
  const configured = textIn(recordIn(api.pluginConfig), "registryRoot");
  if (configured !== undefined) return { root: expand(configured), why: "plugin config" };
  for (const variable of ["CLAWTASK_REGISTRY_ROOT", "OPENTASK_REGISTRY_ROOT"]) {
    const value = env[variable];
    if (value) return { root: expand(value), why: variable };
  }
  const config = api.runtime.config.current();
  const workspace = api.runtime.agent.resolveAgentWorkspaceDir(config, defaultAgent(config));
  return { root: join(workspace, FOLDER_IN_WORKSPACE), why: "workspace of the default agent" };
}

function expand(path: string): string {
  return resolve(path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path);
}

function defaultAgent(config: unknown): string {
  const agents = recordIn(recordIn(config)["agents"]);
  const entries = Object.entries(recordIn(agents["entries"]));
  const marked = entries.find(([, entry]) => recordIn(entry)["default"] === true) ?? entries[0];
  return marked?.[0] ?? "main";
}
