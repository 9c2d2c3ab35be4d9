import type { DeliveryRoute } from "../../registry-helper/internal.ts";
import { type PendingDelivery, WORKER_SESSION } from "./pending-delivery.ts";

/** Channels without an address that a message could be pushed to: only their session can be reached. */
const SESSION_ONLY_CHANNELS = ["webchat", "session"];

/** Whether the session is all that can be reached of the requester. */
export function isSessionOnly(route: DeliveryRoute | null): boolean {
  return route === null || SESSION_ONLY_CHANNELS.includes(route.channel);
}

/** Sessions that the gateway's webhooks open: no person reads them. */
const HOOK_SESSION = /(?:^|:)hook:/;

/** Whether a result is for the agent that asked alone: no channel may see it, or what that agent says about it. */
export function isInternal({ isPrivate, owner, announcers }: PendingDelivery): boolean {
  return isPrivate === true || (owner.kind === "task" && HOOK_SESSION.test(announcers[0] ?? ""));
}

/** Whether a result is with its requester once the session has it: no message of any channel belongs to it. */
export function endsAtSession(open: PendingDelivery): boolean {
  return isSessionOnly(open.delivery.route) || isInternal(open) || isOfSubagent(open);
}

function isOfSubagent({ owner, announcers }: PendingDelivery): boolean {
  return owner.kind === "task" && announcers[0]?.includes(":subagent:") === true;
}

/** Why a message cannot be pushed to this requester; undefined when it can. */
export function whyNotPushed(route: DeliveryRoute | null, open: PendingDelivery): string | undefined {
  if (open.isPrivate === true) return "the result is for the agent that asked alone";
  if (isInternal(open)) return "the requester is a webhook's session";
  if (route === null) return "the requester has no channel";
  const requester = open.owner.kind === "task" ? open.announcers[0] : undefined;
  if (requester !== undefined && WORKER_SESSION.test(requester) && route.channel === "session")
    return "the requester is detached work itself; whoever started that hears from it";
  if (isOfSubagent(open)) return "the requester is a subagent itself; its own parent hears from it";
  if (isSessionOnly(route))
    return `${route.channel === "session" ? "the requester" : route.channel} has no address that a message can be pushed to`;
  return undefined;
}

/** The session that a result can be put into when no channel takes it. */
export function wakeableSession({ owner, delivery, announcers }: PendingDelivery): string | undefined {
  if (owner.kind === "update" || owner.kind === "message") return undefined;
  const sessionKey = delivery.route?.sessionKey ?? announcers[0];
  return sessionKey === undefined || WORKER_SESSION.test(sessionKey) ? undefined : sessionKey;
}
