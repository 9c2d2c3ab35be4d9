import {
  type HostEvent,
  readLifecycle,
  readMessageSent,
  readSubagentEnded,
  readSubagentProgress,
  readSubagentSpawned,
  readToolCall,
} from "./host-events.ts";
import type { PluginApi } from "./plugin-api.ts";

/**
 * Listens to everything that tells of subagents and of messages. None of these hooks needs a right of its
 * own. Every copy of the plugin listens: the host gives each event to one of them.
 */
export function subscribe(api: PluginApi, tell: (event: HostEvent) => void): void {
  const hooks: Record<string, (event: unknown, ctx: unknown) => HostEvent | undefined> = {
    subagent_spawned: readSubagentSpawned,
    subagent_progress: readSubagentProgress,
    subagent_ended: readSubagentEnded,
    after_tool_call: readToolCall,
    message_sent: readMessageSent,
  };
  for (const [hook, read] of Object.entries(hooks)) {
    api.on(hook, (event, ctx) => {
      guarded(api, hook, () => pass(read(event, ctx), tell));
    });
  }
  api.agent.events.registerAgentEventSubscription({
    id: "clawtask-lifecycle",
    streams: ["lifecycle"],
    handle: (event) => {
      guarded(api, "lifecycle", () => pass(readLifecycle(event), tell));
    },
  });
}

function pass(event: HostEvent | undefined, tell: (event: HostEvent) => void): void {
  if (event !== undefined) tell(event);
}

/** A mistake of ours must never disturb the gateway: it is logged, and the host goes on. */
function guarded(api: PluginApi, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    api.logger.error(`clawtask: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
