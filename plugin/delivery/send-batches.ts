import { hasAge, type DeliveryRoute } from "../../registry-helper/internal.ts";
import type { PendingDelivery } from "./pending-delivery.ts";

/**
 * After a message, further ones to the same place are gathered for this long, in milliseconds: the first of a
 * burst goes at once, and the rest together.
 */
export const BATCH_WINDOW_MS = 1_500;
/** Most results in one message; more would be cut to nothing. */
const MAX_BATCH_SIZE = 8;
const MAX_DESTINATIONS = 1_000;

/** Decides what is sent now, and what goes together, by where it goes. */
export class SendBatcher {
  private readonly sentAt = new Map<string, number>();

  /** What may be sent now: one message per place. */
  ready(due: readonly PendingDelivery[], now: number): { route: DeliveryRoute | null; group: PendingDelivery[] }[] {
    const groups = new Map<string, { route: DeliveryRoute | null; group: PendingDelivery[] }>();
    for (const open of due) {
      const { route } = open.delivery;
      const destination = getDestinationKey(route);
      // What cannot be pushed goes its own way, one by one.
      const key = route === null || route.channel === "session" ? `${destination} ${open.owner.id}` : destination;
      if (!hasAge(now - (this.sentAt.get(destination) ?? 0), BATCH_WINDOW_MS)) continue;
      const known = groups.get(key) ?? { route, group: [] };
      groups.set(key, known);
      if (known.group.length < MAX_BATCH_SIZE) known.group.push(open);
    }
    for (const { route } of groups.values()) this.sent(route, now);
    return [...groups.values()];
  }

  /** A message went out there, or was tried. */
  sent(route: DeliveryRoute | null, now: number): void {
    if (route === null) return;
    const destination = getDestinationKey(route);
    this.sentAt.delete(destination);
    this.sentAt.set(destination, now);
    if (this.sentAt.size > MAX_DESTINATIONS)
      for (const oldest of [...this.sentAt.keys()].slice(0, 1)) this.sentAt.delete(oldest);
  }
}

function getDestinationKey(route: DeliveryRoute | null): string {
  return route === null ? "" : JSON.stringify([route.channel, route.accountId, route.to, route.threadId]);
}
