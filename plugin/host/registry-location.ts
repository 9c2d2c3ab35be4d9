import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  APPROVAL_AUTHORITIES,
  type ApprovalAccess,
  NOTIFY_POLICIES,
  type NotifyPolicy,
  parseDuration,
  STALE_THRESHOLDS,
  type StaleThresholds,
  TASK_RUNTIMES,
  type TaskRuntime,
} from "../../registry-helper/internal.ts";
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

/** Who hears of which runtime's work, where the operator chose (`plugins.entries.clawtask.config.notify`). */
export function notifyPolicies(api: PluginApi): Partial<Record<TaskRuntime, NotifyPolicy>> {
  const chosen = recordIn(recordIn(api.pluginConfig)["notify"]);
  return Object.fromEntries(
    TASK_RUNTIMES.flatMap((runtime) => {
      const policy = NOTIFY_POLICIES.find((one) => one === textIn(chosen, runtime));
      return policy === undefined ? [] : [[runtime, policy]];
    }),
  );
}

/** Who may answer approvals that say nothing themselves (`plugins.entries.clawtask.config.approvals`). */
export function approvalAccess(api: PluginApi): ApprovalAccess {
  const chosen = recordIn(recordIn(api.pluginConfig)["approvals"]);
  const authority = APPROVAL_AUTHORITIES.find((one) => one === textIn(chosen, "authority"));
  const names = chosen["approvers"];
  const approvers = Array.isArray(names) ? names.filter((one): one is string => typeof one === "string") : [];
  return {
    ...(authority === undefined ? {} : { authority }),
    ...(approvers.length === 0 ? {} : { approvers }),
  };
}

/** Whether agents are woken when a run can go on (`plugins.entries.clawtask.config.wakeRuns`); yes unless said otherwise. */
export function wakesRuns(api: PluginApi): boolean {
  return recordIn(api.pluginConfig)["wakeRuns"] !== false;
}

/** How long work may stand still, where the operator chose (`plugins.entries.clawtask.config.staleAfter`), in milliseconds. */
export function staleThresholds(api: PluginApi): Partial<StaleThresholds> {
  const chosen = recordIn(recordIn(api.pluginConfig)["staleAfter"]);
  return Object.fromEntries(
    STALE_THRESHOLDS.flatMap((name) => {
      const duration = parseDuration(textIn(chosen, name) ?? "");
      return duration === undefined ? [] : [[name, duration / 1000]];
    }),
  );
}
