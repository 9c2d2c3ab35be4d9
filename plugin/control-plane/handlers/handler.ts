import type { JsonObject } from "../../../registry-helper/model/json.ts";
import type { Caller, Desk } from "./context.ts";
import type { ReadSide } from "./request-index.ts";

/** A request that was found to fit its route. */
export interface Call {
  desk: Desk;
  read: ReadSide;
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
export type Answer =
  | { document: unknown; etag?: number; status?: number }
  /** Something that is not JSON. */
  | { text: string; mediaType: string };

export type Handler = (call: Call) => Answer | Promise<Answer>;

export function textOf(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(values: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = values[name];
  return typeof value === "number" ? value : undefined;
}
