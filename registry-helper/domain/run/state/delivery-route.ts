import type { DeliveryRoute } from "../../../model/delivery-record.ts";
import { exactDigits, isJsonObject, type Json } from "../../../model/json.ts";

/** The requester's route in a delivery context; null when it names no channel and address. */
export function parseDeliveryRoute(context: Json, sessionKey: string | null): DeliveryRoute | null {
  if (!isJsonObject(context)) return null;
  const { channel, to, accountId } = context;
  const threadId = exactDigits(context["threadId"]) ?? context["threadId"];
  if (typeof channel !== "string" || typeof to !== "string") return null;
  return {
    channel,
    to,
    ...(typeof accountId === "string" ? { accountId } : {}),
    ...(typeof threadId === "string" || typeof threadId === "number" ? { threadId } : {}),
    ...(sessionKey === null ? {} : { sessionKey }),
  };
}
