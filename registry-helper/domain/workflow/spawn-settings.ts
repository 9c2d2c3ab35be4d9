import { isJsonObject } from "../../model/json.ts";
import type { SpawnSettings } from "../../model/spawn-settings.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";

const TEXTS = ["agentId", "model", "thinking", "cwd"] as const;

/**
 * What a workflow says of how its children are started: each node's own words, below them those of its `metadata`, and
 * below these the `defaults`. A `sessionKey` of the form `agent:<id>:...` names the agent, as in OpenTask. Nodes that say
 * nothing are left out.
 */
export function readSpawnSettings({ defaults, nodes }: WorkflowDefinition): Map<string, SpawnSettings> {
  const common = pick(defaults);
  const found = new Map<string, SpawnSettings>();
  for (const node of nodes) {
    if (node.kind !== "subagent") continue;
    const { metadata, sessionKey } = node as { metadata?: unknown; sessionKey?: unknown };
    const settings = { ...common, ...fromSessionKey(sessionKey), ...pick(metadata), ...pick(node) };
    if (Object.keys(settings).length > 0) found.set(node.id, settings);
  }
  return found;
}

/** The settings in any object, as far as they are of their types: what a recorded file says is not checked again. */
export function pick(from: unknown): SpawnSettings {
  if (!isJsonObject(from)) return {};
  const settings: SpawnSettings = {};
  for (const name of TEXTS) {
    const value = from[name];
    if (typeof value === "string" && value !== "") settings[name] = value;
  }
  const seconds = from["runTimeoutSeconds"];
  if (typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0) settings.runTimeoutSeconds = seconds;
  return settings;
}

function fromSessionKey(key: unknown): SpawnSettings {
  const agentId = typeof key === "string" ? /^agent:([^:]+):/.exec(key)?.[1] : undefined;
  return agentId === undefined ? {} : { agentId };
}
