import type { DeliveryReport } from "../../registry-helper/index.ts";
import { isAnnouncementOf } from "../host/host-run-id.ts";
import type { OpenDelivery } from "../recorder/open-delivery.ts";
import type { HostFact } from "./host-facts.ts";
import { noticeText } from "./notice-text.ts";

/** The host's own announcement is waited for this long before ClawTask speaks up, in milliseconds. */
export const HOST_GIVE_UP_MS = 5 * 60_000;
/** After `subagent_ended`, a failure of the announcement would have been heard within this time. */
export const SETTLE_MS = 3_000;
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
export function judge(open: OpenDelivery, facts: readonly HostFact[], now: number): DeliveryReport | undefined {
  const recent = facts.filter((fact) => fact.at >= open.endedAt - SLACK_MS);
  if (open.delivery.state === "session_queued") return judgeWokenSession(open, recent, now);
  if (open.delivery.tries > 0) return judgeHeldNotice(open, recent, now);
  return open.owner.kind === "task" ? judgeTask(open, recent, now) : judgeRun(open, recent, now);
}

/** Our own message that the host kept for later: its final word comes as `message_sent`. */
function judgeHeldNotice(open: OpenDelivery, facts: readonly HostFact[], now: number): DeliveryReport | undefined {
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

/** The requester's session was woken with the result: what its agent then said, and whether that arrived. */
function judgeWokenSession(open: OpenDelivery, facts: readonly HostFact[], now: number): DeliveryReport | undefined {
  const sessions = [open.delivery.route?.sessionKey, ...open.tellers];
  for (const fact of facts) {
    // Some turns end without a session: they are nobody's word here.
    if (fact.kind !== "turn_end" || fact.turn.sessionKey === undefined) continue;
    if (!sessions.includes(fact.turn.sessionKey)) continue;
    if (fact.turn.delivery === "sent") return { kind: "host_confirmed", receipt: "told by the agent in its session" };
    if (fact.turn.delivery === "failed") {
      const why = fact.turn.error ?? "no reason given";
      return {
        kind: "refused",
        reason: `${open.delivery.reason ?? ""}; the agent's words failed: ${why}`,
        final: true,
      };
    }
  }
  return now >= Date.parse(open.delivery.dueAt ?? "") ? { kind: "settled" } : undefined;
}

function judgeTask(open: OpenDelivery, facts: readonly HostFact[], now: number): DeliveryReport | undefined {
  const child = { sessionKey: open.childSessionKey, runId: open.hostRunId };
  for (const fact of facts) {
    if (fact.kind === "turn_end" && isAnnouncementOf(fact.turn.runId, child)) {
      const report = judgeAnnouncement(fact.turn.delivery, fact.turn.error);
      if (report !== undefined) return report;
    }
    if (fact.kind !== "message") continue;
    const { message } = fact;
    if (message.runId !== undefined && isAnnouncementOf(message.runId, child)) {
      return message.success
        ? { kind: "host_confirmed", receipt: `announced, message ${message.messageId ?? "sent"}` }
        : { kind: "host_silent", reason: `the announcement failed: ${message.error ?? "no reason given"}` };
    }
    if (message.success && isDirectAnnouncement(open, message)) {
      return { kind: "host_confirmed", receipt: `announced, message ${message.messageId ?? "sent"}` };
    }
  }
  const ended = facts.find((fact) => fact.kind === "child_ended" && isSameChild(open, fact));
  if (ended !== undefined && now - ended.at >= SETTLE_MS)
    return { kind: "host_confirmed", receipt: "handed to the requester's session" };
  if (open.quietSince === null || now - open.quietSince < HOST_GIVE_UP_MS) return undefined;
  return { kind: "host_silent", reason: `nothing was announced within ${HOST_GIVE_UP_MS / 60_000} minutes` };
}

function judgeAnnouncement(
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
  open: OpenDelivery,
  message: { content: string; to: string | undefined; sessionKey: string | undefined; runId: string | undefined },
): boolean {
  return (
    message.runId === undefined &&
    message.to === open.delivery.route?.to &&
    open.tellers.includes(message.sessionKey ?? "") &&
    open.body !== null &&
    isSameText(message.content, open.body)
  );
}

function isSameChild(
  open: OpenDelivery,
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
function judgeRun(open: OpenDelivery, facts: readonly HostFact[], now: number): DeliveryReport | undefined {
  const messages = facts.flatMap((fact) => (fact.kind === "message" ? [fact.message] : []));
  for (const fact of facts) {
    if (fact.kind !== "turn_end" || !open.tellers.includes(fact.turn.sessionKey ?? "")) continue;
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

function isSameText(one: string, other: string): boolean {
  const key = (text: string): string => text.replace(/[\s*_`~]+/g, "").slice(0, COMPARED_LENGTH);
  return key(one) !== "" && key(one) === key(other);
}
