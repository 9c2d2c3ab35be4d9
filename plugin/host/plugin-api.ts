/**
 * The part of OpenClaw's plugin API that ClawTask uses, as measured on 2026.9.6. Its own types are broad
 * and change with each release; what is named here is what a release can break, and nothing else.
 */
export interface PluginApi {
  registrationMode: string;
  config?: unknown;
  pluginConfig?: unknown;
  logger: { info(text: string): void; warn(text: string): void; error(text: string): void };
  on(hook: string, handler: (event: unknown, ctx: unknown) => unknown): void;
  agent: {
    events: {
      registerAgentEventSubscription(subscription: {
        id: string;
        streams: string[];
        handle: (event: unknown) => void;
      }): void;
    };
  };
  registerService(service: {
    id: string;
    start(ctx: unknown): void | Promise<void>;
    stop?(ctx: unknown): void | Promise<void>;
  }): void;
  runtime: {
    /** Of the host. */
    version?: string;
    config: { current(): unknown };
    system: {
      /** False when the same text waits there already. */
      enqueueSystemEvent(text: string, session: { sessionKey: string; agentId?: string }): boolean;
      requestHeartbeat(wake: {
        sessionKey: string;
        agentId?: string;
        source: string;
        intent: "immediate" | "event";
        reason: string;
        heartbeat?: { target: "last" };
      }): void;
    };
    agent: {
      resolveAgentWorkspaceDir(config: unknown, agentId: string): string;
      session: { getSessionEntry(query: { sessionKey: string }): unknown };
    };
    /** The host's task ledger, as the session that asked for the work sees it; automations are nobody's. */
    tasks: {
      async: { runs: { bindSession(owner: TaskOwner): BoundTaskReader } };
      runs: { bindSession(owner: TaskOwner): { cancel(task: { taskId: string; cfg: unknown }): Promise<unknown> } };
    };
  };
}

/** An empty session key is an error, an unknown one has no tasks. */
interface TaskOwner {
  sessionKey: string;
  agentId?: string;
}

interface BoundTaskReader {
  list(): Promise<unknown>;
  /** By task id or run id; undefined when this owner has no such task. */
  resolve(token: string): Promise<unknown>;
}
