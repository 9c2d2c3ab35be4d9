import { ClawTaskError, type JsonObject } from "../../../registry-helper/internal.ts";
import type { Caller, ApiContext } from "./context.ts";
import type { RequestIndex } from "./request-index.ts";

/** A request that was found to fit its route. */
export interface HandlerRequest {
  context: ApiContext;
  read: RequestIndex;
  caller: Caller;
  /** The parts of the path that vary, decoded. */
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string | number | boolean>>;
  body: JsonObject;
  /** The `Idempotency-Key`. */
  key: string | undefined;
  /** The revision that the client saw, from `If-Match`. */
  ifMatch: number | undefined;
}

/** What a handler says. */
export type HandlerResult =
  | { document: unknown; etag?: number; status?: number }
  /** Something that is not JSON. */
  | { text: string; mediaType: string };

export type Handler = (request: HandlerRequest) => HandlerResult | Promise<HandlerResult>;

export function getText(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function getNumber(values: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = values[name];
  return typeof value === "number" ? value : undefined;
}

/** @throws ClawTaskError `argument_missing` */
export function requireText(body: JsonObject, name: string, action: string): string {
  const text = getText(body, name);
  if (text === undefined) throw missingArgument(name, action);
  return text;
}

/** Something that an action needs of the body of its request. */
export function missingArgument(name: string, action: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${name} is required for ${action}`,
    remedy: { hint: `put ${name} into the body of the request` },
  });
}
