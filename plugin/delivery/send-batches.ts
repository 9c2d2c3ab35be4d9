import type { Route } from "../../registry-helper/index.ts";
import type { OpenDelivery } from "./pending-delivery.ts";

/**
 * After a message, further ones to the same place are gathered for this long, in milliseconds: the first of a
 * burst goes at once, and the rest together.
 */
export const GATHER_MS = 1_500;
/** Most results in one message; more would be cut to nothing. */
const MOST_IN_ONE = 8;
const MOST_LANES = 1_000;

/** Decides what is sent now, and what goes together, by where it goes. */
export class SendLanes {
  private readonly sentAt = new Map<string, number>();

  /** What may be sent now: one message per place. */
  ready(due: readonly OpenDelivery[], now: number): { route: Route | null; group: OpenDelivery[] }[] {
    const groups = new Map<string, { route: Route | null; group: OpenDelivery[] }>();
    for (const open of due) {
      const { route } = open.delivery;
      const lane = laneOf(route);
      // What cannot be pushed goes its own way, one by one.
      const key = route === null || route.channel === "session" ? `${lane} ${open.owner.id}` : lane;
      if (now - (this.sentAt.get(lane) ?? 0) < GATHER_MS) continue;
      const known = groups.get(key) ?? { route, group: [] };
      groups.set(key, known);
      if (known.group.length < MOST_IN_ONE) known.group.push(open);
    }
    for (const { route } of groups.values()) this.sent(route, now);
    return [...groups.values()];
  }

  /** A message went out there, or was tried. */
  sent(route: Route | null, now: number): void {
    if (route === null) return;
    const lane = laneOf(route);
    this.sentAt.delete(lane);
    this.sentAt.set(lane, now);
    if (this.sentAt.size > MOST_LANES)
      for (const oldest of [...this.sentAt.keys()].slice(0, 1)) this.sentAt.delete(oldest);
  }
}

function laneOf(route: Route | null): string {
  return route === null ? "" : JSON.stringify([route.channel, route.accountId, route.to, route.threadId]);
}
