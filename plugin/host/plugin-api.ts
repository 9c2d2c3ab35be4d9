import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

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
  registerCommand(command: {
    name: string;
    /** Names in the menus of channels that have commands of their own. */
    nativeNames: { default: string };
    description: string;
    acceptsArgs: boolean;
    requireAuth: boolean;
    handler: (ctx: unknown) => Promise<{ text: string }>;
  }): void;
  /** The factory is called for each run of an agent. */
  registerTool(factory: (ctx: unknown) => readonly HostTool[], options: { names: string[] }): void;
  registerGatewayMethod(
    method: string,
    handler: (call: {
      params: unknown;
      respond: (ok: boolean, payload?: unknown, error?: { code: string; message: string; details?: unknown }) => void;
    }) => Promise<void>,
    options: { scope: "operator.read" | "operator.write" },
  ): void;
  registerCli(
    registrar: (ctx: { program: CliProgram }) => void,
    options: {
      descriptors: {
        name: string;
        description: string;
        hasSubcommands: boolean;
        machineOutput: (call: { argv: readonly string[] }) => boolean;
      }[];
    },
  ): void;
  registerHttpRoute(route: {
    path: string;
    match: "exact" | "prefix";
    auth: "gateway" | "plugin";
    /** With it the request has all scopes that its caller has; without, `operator.write` alone or nothing. */
    gatewayRuntimeScopeSurface?: "trusted-operator";
    /** True: the request is answered, or will be. */
    handler(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean>;
    handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean | Promise<boolean>;
  }): void;
  session: {
    controls: {
      registerControlUiDescriptor(descriptor: {
        surface: "tab";
        id: string;
        label: string;
        description: string;
        icon: string;
        group: "control" | "agent";
        /** One segment: the tab's own address in the Control UI. */
        slug: string;
        /** Of a route of this plugin, which is shown in a sandboxed frame. */
        path: string;
      }): void;
    };
  };
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
        heartbeat?: { target: "last" | "none" };
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

interface HostTool {
  name: string;
  label: string;
  description: string;
  parameters: object;
  execute(callId: string, params: unknown): Promise<{ content: { type: "text"; text: string }[]; details: unknown }>;
}

/** What is used of a Commander command. */
interface CliProgram {
  command(name: string): CliProgram;
  description(text: string): CliProgram;
  argument(words: string): CliProgram;
  allowUnknownOption(allow: boolean): CliProgram;
  allowExcessArguments(allow: boolean): CliProgram;
  helpOption(flags: false): CliProgram;
  action(run: () => Promise<void>): CliProgram;
}
