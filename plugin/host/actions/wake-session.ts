import type { PluginApi } from "../plugin-api.ts";

/**
 * Puts a text before the agent of a session as a system event, and wakes it at once. `target: "last"` makes the
 * agent's words go to the session's conversation; without it they would go to the owner, or nowhere.
 */
export function wakeSession(
  api: PluginApi,
  sessionKey: string,
  text: string,
  reason = "clawtask: a result could not be delivered",
): Promise<boolean> {
  const agentId = /^agent:([^:]+):/.exec(sessionKey)?.[1];
  const session = { sessionKey, ...(agentId === undefined ? {} : { agentId }) };
  const { system } = api.runtime;
  if (!system.enqueueSystemEvent(text, session)) return Promise.resolve(false);
  system.requestHeartbeat({
    ...session,
    source: "other",
    intent: "immediate",
    reason,
    heartbeat: { target: "last" },
  });
  return Promise.resolve(true);
}
