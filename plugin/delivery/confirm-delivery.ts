import type { DeliveryReport } from "../../registry-helper/internal.ts";
import { isAnnouncementFor } from "../host/events/host-events.ts";
import { noticeText } from "./message-text.ts";
import type { PendingDelivery, ScheduledRun } from "./pending-delivery.ts";
import type { HostAction } from "./recent-host-activity.ts";
import { isSessionOnly } from "./session-fallback.ts";

/** The host's own announcement is waited for this long before ClawTask speaks up, in milliseconds. */
export const HOST_ANNOUNCE_TIMEOUT_MS = 5 * 60_000;
/** After `subagent_ended`, a failure of the announcement would have been heard within this time. */
export const SETTLE_MS = 3_000;
/**
 * After an announcing turn that broke off, the agent may still bring the result up by itself within this time, in
 * milliseconds.
 */
export const ABORT_GRACE_MS = 15_000;
/** How long the host has for a further announcement when nobody knows whether its message arrived, in milliseconds. */
export const UNSURE_MS = 60_000;
/** A gateway that was killed while it sent says so of that message at its next start, and does not repeat it. */
const UNSURE = /^delivery state is (?:unknown_after_send|send_attempt_started)/;
/** What the host says in an agent's place when a turn of any kind came to nothing. */
const APOLOGY = /^(?:⚠️ (?:Agent|OpenClaw) |Something went wrong)/;
/** Clocks of two threads: a fact this much older than the end may still belong to it. */
const SLACK_MS = 1_000;
/** How much of a text must agree for it to be the same text. */
const COMPARED_LENGTH = 60;

/**
 * What the host's deeds say about a result that somebody else is expected to tell: told, not told, or (by
 * undefined) nothing yet. Pure.
 *
 * The host's own `delivered` is no proof: it also says so when a result only rode along on a later turn
 * whose message was refused. A message that went out, or the fate of the announcing turn, is.
 */
export function confirmDelivery(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const recent = facts.filter((fact) => fact.at >= open.endedAt - SLACK_MS);
  if (open.delivery.state === "session_queued") return confirmSessionWake(open, recent, now);
  if (open.delivery.tries > 0) return confirmHeldNotice(open, recent, now);
  return open.owner.kind === "task" ? confirmTask(open, recent, now) : confirmRun(open, recent, now);
}

/** Our own message that the host kept for later: its final word comes as `message_sent`. */
function confirmHeldNotice(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const text = open.delivery.sentText ?? noticeText(open);
  for (const fact of facts) {
    if (
      fact.kind !== "message" ||
      !isSameText(fact.message.content, text) ||
      fact.message.to !== open.delivery.route?.to
    )
      continue;
    if (fact.message.success) return { kind: "sent", receipt: fact.message.messageId ?? "sent" };
    return { kind: "unknown", reason: fact.message.error ?? "the host gave the message up" };
  }
  if (now < Date.parse(open.delivery.deadlineAt)) return undefined;
  return { kind: "unknown", reason: `the host kept the message and said no final word: ${open.delivery.reason ?? ""}` };
}

/**
 * The requester's session was woken with the result: what its agent then said, and whether that arrived. A session
 * that is all the requester has is as good as told; one whose channel had refused the message is not, unless its
 * agent's words prove it.
 */
function confirmSessionWake(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const notDelivered = (why: string): DeliveryReport => ({
    kind: "refused",
    reason: `${open.delivery.reason ?? "refused"}; put into the session, but ${why}`,
    final: true,
  });
  const noReply = (why: string): DeliveryReport =>
    isSessionOnly(open.delivery.route) ? { kind: "settled" } : notDelivered(why);
  const sessions = [open.delivery.route?.sessionKey, ...open.announcers];
  for (const fact of facts) {
    // Some turns end without a session: they are nobody's word here.
    if (fact.kind !== "turn_end" || fact.turn.sessionKey === undefined) continue;
    if (!sessions.includes(fact.turn.sessionKey)) continue;
    const { turn } = fact;
    if (turn.delivery === "failed")
      return notDelivered(`its agent's words did not arrive: ${turn.error ?? "no reason given"}`);
    if (turn.delivery === "sent" && isAbout(open, turn.text))
      return { kind: "host_confirmed", receipt: "told by the agent in its session" };
    if (turn.disposition === "silent" || turn.delivery === "suppressed") return noReply("its agent said nothing");
  }
  return now >= Date.parse(open.delivery.dueAt ?? "") ? noReply("its agent told nobody") : undefined;
}

function confirmTask(open: PendingDelivery, facts: readonly HostAction[], now: number): DeliveryReport | undefined {
  if (open.scheduledRun !== undefined) return confirmWithinScheduledRun(open, open.scheduledRun, facts, now);
  const child = { sessionKey: open.childSessionKey, runId: open.hostRunId };
  let unsure: HostAction | undefined;
  for (const fact of facts) {
    if (fact.kind === "turn_end" && isAnnouncementFor(fact.turn.runId, child)) {
      const report = toAnnouncementReport(fact.turn.delivery, fact.turn.error);
      if (report !== undefined) return report;
    }
    if (fact.kind !== "message") continue;
    const { message } = fact;
    if (message.runId !== undefined && isAnnouncementFor(message.runId, child)) {
      if (UNSURE.test(message.error ?? "")) {
        unsure = fact;
        continue;
      }
      return message.success
        ? { kind: "host_confirmed", receipt: `announced, message ${message.messageId ?? "sent"}` }
        : { kind: "host_silent", reason: `the announcement failed: ${message.error ?? "no reason given"}` };
    }
    if (message.success && isDirectAnnouncement(open, message)) {
      return { kind: "host_confirmed", receipt: `announced, message ${message.messageId ?? "sent"}` };
    }
  }
  if (unsure !== undefined) {
    if (now - unsure.at < UNSURE_MS) return undefined;
    return { kind: "unknown", reason: "the gateway stopped while the host's announcement was on its way" };
  }
  const ended = facts.find((fact) => fact.kind === "child_ended" && isSameChild(open, fact));
  const abortedTurn = ended && facts.findLast((fact) => isAbortedAnnouncement(fact, child));
  if (abortedTurn !== undefined) return confirmAfterAbort(open, abortedTurn, facts, now);
  if (ended !== undefined && now - ended.at >= SETTLE_MS && wasReceived(open, facts))
    return { kind: "host_confirmed", receipt: "handed to the requester's session" };
  if (open.subtreeEndedAt === null || now - open.subtreeEndedAt < HOST_ANNOUNCE_TIMEOUT_MS) return undefined;
  return { kind: "host_silent", reason: `nothing was announced within ${HOST_ANNOUNCE_TIMEOUT_MS / 60_000} minutes` };
}

/** An announcing turn that failed by itself, so that there were no words of which anything could become. */
function isAbortedAnnouncement(fact: HostAction, child: { sessionKey: string | null; runId: string | null }): boolean {
  return fact.kind === "turn_end" && fact.turn.status === "failed" && isAnnouncementFor(fact.turn.runId, child);
}

/** The host tries no more; its row says "delivered" all the same (measured). Only words about the result count now. */
function confirmAfterAbort(
  open: PendingDelivery,
  abortedTurn: HostAction,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const announced = facts.some(
    ({ at, ...fact }) =>
      at >= abortedTurn.at &&
      fact.kind === "message" &&
      fact.message.success &&
      isSameAddress(fact.message.to, open.delivery.route?.to) &&
      isAbout(open, fact.message.content),
  );
  if (announced) return { kind: "host_confirmed", receipt: "told by the agent in a later turn" };
  if (now - abortedTurn.at < ABORT_GRACE_MS) return undefined;
  const why = (abortedTurn.kind === "turn_end" ? abortedTurn.turn.error : undefined) ?? "no reason given";
  return { kind: "host_silent", reason: `the announcing turn broke off: ${why}` };
}

function isAbout(open: PendingDelivery, text: string | undefined): boolean {
  return text?.includes(open.title) === true || (open.body !== null && text?.includes(open.body) === true);
}

/**
 * That the host handed a result to the requester's session is as good as told only where the session is all there
 * is, or where something was heard of that session since: its channel may be hanging (measured: the host then calls
 * the result delivered).
 */
function wasReceived(open: PendingDelivery, facts: readonly HostAction[]): boolean {
  if (isSessionOnly(open.delivery.route)) return true;
  return facts.some((fact) => {
    if (fact.kind === "message") {
      const { success, to, content } = fact.message;
      return success && isSameAddress(to, open.delivery.route?.to) && !APOLOGY.test(content);
    }
    if (fact.kind !== "turn_end" || !open.announcers.includes(fact.turn.sessionKey ?? "")) return false;
    const { delivery, disposition, status } = fact.turn;
    if (status === "failed") return false;
    return delivery === "sent" || delivery === "suppressed" || disposition === "silent";
  });
}

/**
 * The host hands such a result to the session of a scheduled run. It reaches a person as a part of what that run
 * tells, or, when the run had said its words before, not at all.
 */
function confirmWithinScheduledRun(
  open: PendingDelivery,
  run: ScheduledRun,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const includesBody = (text: string | null): boolean =>
    open.body !== null && text !== null && text.includes(open.body);
  const sent = facts.find(
    (fact) =>
      fact.kind === "message" &&
      fact.message.success &&
      isSameAddress(fact.message.to, open.delivery.route?.to) &&
      includesBody(fact.message.content),
  );
  if (sent !== undefined) return { kind: "host_confirmed", receipt: "told with the result of the scheduled run" };
  if (run.endedAt === null || now - Math.max(run.endedAt, open.endedAt) < SETTLE_MS) return undefined;
  if (run.announcer === "nobody")
    return { kind: "host_confirmed", receipt: "handed to the scheduled run, which tells nobody by policy" };
  if (run.announcer === "clawtask")
    return { kind: "host_confirmed", receipt: "gathered into the scheduled run's result" };
  if (includesBody(run.result)) return { kind: "host_confirmed", receipt: "told with the result of the scheduled run" };
  return { kind: "host_silent", reason: "the scheduled run that asked for it said its words without it" };
}

/**
 * What became of an announcement that the host made anew of a result that is ours to tell by now. Only what was sent
 * counts as told, and only the fate of an announcing turn as a failure: a refused message may be the one of before,
 * which the host's queue gave up just now. Pure.
 */
export function confirmReannouncement(open: PendingDelivery, facts: readonly HostAction[]): DeliveryReport | undefined {
  const child = { sessionKey: open.childSessionKey, runId: open.hostRunId };
  let failure: DeliveryReport | undefined;
  for (const fact of facts) {
    if (fact.at < open.endedAt - SLACK_MS) continue;
    if (fact.kind === "message" && fact.message.success) {
      const { message } = fact;
      const isAnnouncement = message.runId !== undefined && isAnnouncementFor(message.runId, child);
      if (isAnnouncement || isDirectAnnouncement(open, message))
        return { kind: "host_confirmed", receipt: `announced, message ${message.messageId ?? "sent"}` };
    }
    if (fact.kind !== "turn_end" || !isAnnouncementFor(fact.turn.runId, child)) continue;
    const { delivery, error } = fact.turn;
    if (delivery === "sent") return toAnnouncementReport(delivery, error);
    if (delivery !== undefined)
      failure = { kind: "host_silent", reason: `announced anew, and not sent: ${error ?? ""}` };
  }
  return failure;
}

function toAnnouncementReport(
  delivery: "sent" | "suppressed" | "failed" | undefined,
  error: string | undefined,
): DeliveryReport | undefined {
  switch (delivery) {
    case "sent":
      return { kind: "host_confirmed", receipt: "announced in the requester's conversation" };
    case "suppressed":
      return { kind: "host_confirmed", receipt: "taken by the agent that asked, which chose to say nothing" };
    case "failed":
      return { kind: "host_silent", reason: `the announcement failed: ${error ?? "no reason given"}` };
    default:
      return undefined;
  }
}

/** In a direct chat the host sends the child's own words, under no run of its own. */
function isDirectAnnouncement(
  open: PendingDelivery,
  message: { content: string; to: string | undefined; sessionKey: string | undefined; runId: string | undefined },
): boolean {
  return (
    message.runId === undefined &&
    message.to === open.delivery.route?.to &&
    open.announcers.includes(message.sessionKey ?? "") &&
    open.body !== null &&
    isSameText(message.content, open.body)
  );
}

function isSameChild(
  open: PendingDelivery,
  fact: { runId: string | undefined; childSessionKey: string | undefined },
): boolean {
  if (fact.runId !== undefined) return fact.runId === open.hostRunId;
  return fact.childSessionKey !== undefined && fact.childSessionKey === open.childSessionKey;
}

/**
 * A run is told by the agent: by its own words in the turn in which the run ended, or a later one. In a
 * direct chat the host puts a child's raw text in the place of an announcing turn's words; that is no
 * telling, so the message has to agree with what the agent said.
 */
function confirmRun(open: PendingDelivery, facts: readonly HostAction[], now: number): DeliveryReport | undefined {
  const messages = facts.flatMap((fact) => (fact.kind === "message" ? [fact.message] : []));
  for (const fact of facts) {
    if (fact.kind !== "turn_end" || !open.announcers.includes(fact.turn.sessionKey ?? "")) continue;
    const { turn } = fact;
    const said = turn.disposition === "silent" ? undefined : turn.text;
    if (said === undefined) return { kind: "host_silent", reason: "the agent ended its turn without a word" };
    if (turn.delivery === "sent") return { kind: "host_confirmed", receipt: "told by the agent" };
    if (turn.delivery === "failed")
      return { kind: "host_silent", reason: `the agent's words did not arrive: ${turn.error ?? "no reason given"}` };
    // In a direct chat the words of an announcing turn go nowhere, and nothing says so.
    if (turn.runId.startsWith("announce:") && turn.delivery === undefined && now - fact.at >= SETTLE_MS) {
      return { kind: "host_silent", reason: "the host sent a child's words in the place of the agent's" };
    }
    const arrived = messages.find(
      (message) => message.to === open.delivery.route?.to && isSameText(message.content, said),
    );
    if (arrived?.success === true)
      return { kind: "host_confirmed", receipt: `told by the agent, message ${arrived.messageId ?? "sent"}` };
    if (arrived !== undefined)
      return { kind: "host_silent", reason: `the agent's words did not arrive: ${arrived.error ?? "no reason given"}` };
  }
  const dueAt = Date.parse(open.delivery.dueAt ?? "");
  if (Number.isNaN(dueAt) || now < dueAt) return undefined;
  return { kind: "host_silent", reason: "the agent has told nobody" };
}

/** Hooks write an address with or without the channel before it. */
function isSameAddress(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one === other || one.endsWith(`:${other}`) || other.endsWith(`:${one}`);
}

function isSameText(one: string, other: string): boolean {
  const key = (text: string): string => text.replace(/[\s*_`~]+/g, "").slice(0, COMPARED_LENGTH);
  return key(one) !== "" && key(one) === key(other);
}
