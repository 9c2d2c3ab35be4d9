import type { PluginApi } from "../plugin-api.ts";
import { flagIn, type HostRecord, recordIn, textIn } from "../untyped-fields.ts";

/** The session whose agent calls a tool. */
export interface ToolCaller {
  readonly sessionKey: string | undefined;
  /** Whether the host takes the person behind this turn for its owner. */
  readonly isOwner: boolean;
}

/** A tool for agents: its words are all that a model knows of it. */
export interface AgentTool {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** JSON Schema of its parameters. */
  readonly parameters: object;
  readonly answer: (params: HostRecord, caller: ToolCaller) => Promise<unknown>;
}

/** Registers tools that answer with compact JSON. The manifest must name each under `contracts.tools`. */
export function registerTools(api: PluginApi, tools: readonly AgentTool[]): void {
  api.registerTool(
    (ctx) => {
      const record = recordIn(ctx);
      const caller = { sessionKey: textIn(record, "sessionKey"), isOwner: flagIn(record, "senderIsOwner") === true };
      return tools.map(({ answer, ...tool }) => ({
        ...tool,
        execute: async (_callId: string, params: unknown) => {
          const details = await answer(recordIn(params), caller).catch((error: unknown) => {
            api.logger.error(`clawtask: ${tool.name}: ${String(error)}`);
            return { ok: false, error: { code: "internal", message: "it did not work; try again" } };
          });
          return { content: [{ type: "text" as const, text: JSON.stringify(details) }], details };
        },
      }));
    },
    { names: tools.map(({ name }) => name) },
  );
}
