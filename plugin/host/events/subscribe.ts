import type { PluginApi } from "../plugin-api.ts";
import { ACTIVITY_STREAMS, type AgentActivity, readActivity } from "./agent-activity.ts";
import {
  type HostEvent,
  readLifecycle,
  readMessageSent,
  readDeliveryTarget,
  readSubagentEnded,
  readSubagentProgress,
  readSubagentSpawned,
  readToolCall,
} from "./host-events.ts";

/** Where what the host tells goes. */
export interface HostListener {
  emit: (event: HostEvent) => void;
  /** What running agents do. */
  handleActivity: (activity: AgentActivity) => void;
}

/**
 * Listens to everything that tells of detached work and of messages. None of these hooks needs a right of its
 * own. Every copy of the plugin listens: the host gives each event to one of them.
 */
export function subscribe(api: PluginApi, listener: HostListener): void {
  const { emit } = listener;
  const hooks: Record<string, (event: unknown, ctx: unknown) => HostEvent | undefined> = {
    subagent_spawned: readSubagentSpawned,
    subagent_progress: readSubagentProgress,
    subagent_delivery_target: readDeliveryTarget,
    subagent_ended: readSubagentEnded,
    after_tool_call: readToolCall,
    message_sent: readMessageSent,
  };
  for (const [hook, read] of Object.entries(hooks)) {
    api.on(hook, (event, ctx) => {
      guarded(api, hook, () => emitIfPresent(read(event, ctx), emit));
    });
  }
  api.on("cron_changed", (event) => {
    guarded(api, "cron_changed", () => emit({ kind: "cron_changed", value: event }));
  });
  api.agent.events.registerAgentEventSubscription({
    id: "clawtask-activity",
    streams: ACTIVITY_STREAMS,
    handle: (event) => {
      guarded(api, "activity", () => {
        const activity = readActivity(event);
        if (activity !== undefined) listener.handleActivity(activity);
      });
    },
  });
  api.agent.events.registerAgentEventSubscription({
    id: "clawtask-lifecycle",
    streams: ["lifecycle"],
    handle: (event) => {
      guarded(api, "lifecycle", () => emitIfPresent(readLifecycle(event), emit));
    },
  });
}

function emitIfPresent(event: HostEvent | undefined, emit: (event: HostEvent) => void): void {
  if (event !== undefined) emit(event);
}

/** A mistake of ours must never disturb the gateway: it is logged, and the host goes on. */
function guarded(api: PluginApi, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    api.logger.error(`clawtask: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
