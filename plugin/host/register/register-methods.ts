import type { PluginApi } from "../plugin-api.ts";
import { type HostRecord, recordIn } from "../untyped-fields.ts";

/** A method that clients of the gateway call. */
export interface GatewayMethod {
  readonly name: string;
  readonly scope: "operator.read" | "operator.write";
  readonly answer: (params: HostRecord) => Promise<MethodAnswer>;
}

export type MethodAnswer =
  | { readonly document: unknown }
  | {
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly next?: string;
        readonly details?: HostRecord;
      };
    };

/** Registers methods whose errors carry ClawTask's own code, and what to do next among the details. */
export function registerMethods(api: PluginApi, methods: readonly GatewayMethod[]): void {
  for (const { name, scope, answer } of methods) {
    const handle = async ({ params, respond }: Parameters<Parameters<PluginApi["registerGatewayMethod"]>[1]>[0]) => {
      try {
        const given = await answer(recordIn(params));
        if ("document" in given) return respond(true, given.document);
        const { code, message, next, details: facts } = given.error;
        const details = { ...facts, code, ...(next === undefined ? {} : { next }) };
        return respond(false, undefined, { code, message, details });
      } catch (error) {
        api.logger.error(
          `clawtask: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        return respond(false, undefined, { code: "internal", message: "it did not work; the gateway's log says why" });
      }
    };
    api.registerGatewayMethod(name, handle, { scope });
  }
}
