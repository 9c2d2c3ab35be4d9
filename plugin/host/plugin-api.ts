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
    config: { current(): unknown };
    agent: {
      resolveAgentWorkspaceDir(config: unknown, agentId: string): string;
      session: { getSessionEntry(query: { sessionKey: string }): unknown };
    };
  };
}
