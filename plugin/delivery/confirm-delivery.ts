import { type DeliveryReport, isDeliveryDue } from "../../registry-helper/internal.ts";
import { noticeText } from "./message-text.ts";
import type { PendingDelivery, ScheduledRun } from "./pending-delivery.ts";
import { ANNOUNCEMENT_RULES, judgeAnnouncement, SETTLE_MS } from "./proof/announcement-rules.ts";
import { confirmRun } from "./proof/confirm-run.ts";
import { readAllEvidence, readEvidence } from "./proof/evidence.ts";
import { carriesResult, isSameAddress, isSameText } from "./proof/words.ts";
import type { HostAction } from "./recent-host-activity.ts";
import { isSessionOnly } from "./session-fallback.ts";

/** Clocks of two threads: a fact this much older than the end may still belong to it. */
const SLACK_MS = 1_000;

/**
 * What the host's deeds say about a result that somebody else is expected to tell: told, not told, unknown, or (by
 * undefined) nothing yet. Pure.
 *
 * Proof is a message that carries this result to this route, or the fate of the turn that was started to announce it.
 * The host's own `delivered` is no proof: it also says so when a result only rode along on a later turn whose message
 * was refused. Another message in the same chat is none either.
 *
 * @param facts what the host did lately, oldest first
 * @param now epoch milliseconds
 */
export function confirmDelivery(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const recent = facts.filter((fact) => fact.at >= open.endedAt - SLACK_MS);
  if (open.delivery.state === "session_queued") return confirmSessionWake(open, recent, now);
  if (open.delivery.tries > 0) return confirmHeldNotice(open, recent, now);
  if (open.owner.kind !== "task") return confirmRun(open, recent, now);
  if (open.scheduledRun !== undefined) return confirmWithinScheduledRun(open, open.scheduledRun, recent, now);
  return judgeAnnouncement(open, readAllEvidence(open, recent), now);
}

/** Our own message that the host kept for later: its final word comes as `message_sent`. */
function confirmHeldNotice(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  const text = open.delivery.sentText ?? noticeText(open);
  for (const fact of facts) {
    if (fact.kind !== "message" || !isSameText(fact.message.content, text)) continue;
    if (!isSameAddress(fact.message.to, open.delivery.route?.to)) continue;
    if (fact.message.success) return { kind: "sent", receipt: fact.message.messageId ?? "sent" };
    return { kind: "unknown", reason: fact.message.error ?? "the host gave the message up" };
  }
  if (!isDeliveryDue(open.delivery.deadlineAt, now * 1000)) return undefined;
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
    if (turn.delivery === "sent" && (turn.text?.includes(open.title) === true || carriesResult(open, turn.text)))
      return { kind: "host_confirmed", receipt: "told by the agent in its session" };
    if (turn.disposition === "silent" || turn.delivery === "suppressed") return noReply("its agent said nothing");
  }
  return isDeliveryDue(open.delivery.dueAt, now * 1000) ? noReply("its agent told nobody") : undefined;
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
  const isCarrier = (fact: HostAction): boolean =>
    fact.kind === "message" &&
    fact.message.success &&
    isSameAddress(fact.message.to, open.delivery.route?.to) &&
    carriesResult(open, fact.message.content);
  if (facts.some(isCarrier) || (run.endedAt !== null && run.announcer === "host" && carriesResult(open, run.result)))
    return { kind: "host_confirmed", receipt: "told with the result of the scheduled run" };
  if (run.endedAt === null || now - Math.max(run.endedAt, open.endedAt) < SETTLE_MS) return undefined;
  if (run.announcer === "nobody")
    return { kind: "host_confirmed", receipt: "handed to the scheduled run, which tells nobody by policy" };
  if (run.announcer === "clawtask")
    return { kind: "host_confirmed", receipt: "gathered into the scheduled run's result" };
  return { kind: "host_silent", reason: "the scheduled run that asked for it said its words without it" };
}

/**
 * What became of an announcement that the host made anew of a result that is ours to tell by now. Only what was sent
 * counts as told, and only the fate of an announcing turn as a failure: a refused message may be the one of before,
 * which the host's queue gave up just now. Pure.
 */
export function confirmReannouncement(open: PendingDelivery, facts: readonly HostAction[]): DeliveryReport | undefined {
  let failure: DeliveryReport | undefined;
  for (const fact of facts.filter(({ at }) => at >= open.endedAt - SLACK_MS)) {
    const finding = readEvidence(open, fact);
    if (finding === undefined || finding.evidence === "closed") continue;
    const { verdict, words } = ANNOUNCEMENT_RULES[finding.evidence];
    if (verdict === "told" && finding.evidence !== "kept_silent")
      return { kind: "host_confirmed", receipt: words(finding.detail) };
    if (fact.kind === "turn_end" && fact.turn.delivery !== undefined)
      failure = { kind: "host_silent", reason: `announced anew, and not sent: ${finding.detail ?? ""}` };
  }
  return failure;
}
