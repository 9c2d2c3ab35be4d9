import { readChannelError } from "../../host/events/channel-error.ts";
import { isAnnouncementFor, type SentMessage, type TurnEnd } from "../../host/events/host-events.ts";
import type { PendingDelivery } from "../pending-delivery.ts";
import type { HostAction } from "../recent-host-activity.ts";
import { carriesResult, isSameAddress, isSameText } from "./words.ts";

/** What one thing that the host did says about one result that the host announces. */
export type Evidence =
  /** A message of its announcement went out. */
  | "announced"
  /** Its announcing turn ended and the words were sent. */
  | "announcing_turn_sent"
  /** The agent that asked read it in its announcing turn and chose to say nothing. */
  | "kept_silent"
  /** The agent told it, word for word, in a turn that was not started for it. */
  | "told_in_another_turn"
  /** The host handed it into a turn that was under way, and what that turn said of it was sent. */
  | "told_in_running_turn"
  /** The channel answered the announcement with a refusal. */
  | "refused"
  /** The host lost track of a message between its send and the channel's answer. */
  | "interrupted"
  /** The channel gave no answer to the announcement. */
  | "unanswered"
  /** The channel was not reached: the host keeps the announcement and tries again. */
  | "unreached"
  /** In a direct chat: the child's own words were not sent. */
  | "direct_failed"
  /** The announcing turn broke off, so that there were no words to send. */
  | "aborted"
  /** The host has closed the child: it does nothing more of itself. */
  | "closed";

/** One piece of evidence, with what the host said of it. */
export interface Finding {
  readonly evidence: Evidence;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The message's id, or the error. */
  readonly detail: string | undefined;
}

/** A gateway that was killed while it sent says so of that message at its next start, and does not repeat it. */
const INTERRUPTED = /^delivery state is (?:unknown_after_send|send_attempt_started)/;

/** Reads what a thing that the host did says about a result; undefined for all that has nothing to do with it. */
export function readEvidence(open: PendingDelivery, fact: HostAction): Finding | undefined {
  const found = (evidence: Evidence | undefined, detail?: string): Finding | undefined =>
    evidence === undefined ? undefined : { evidence, at: fact.at, detail };
  switch (fact.kind) {
    case "message":
      return found(readMessage(open, fact.message), fact.message.success ? fact.message.messageId : fact.message.error);
    case "turn_end":
      return found(readTurn(open, fact.turn), fact.turn.error);
    case "child_ended":
      return isSameChild(open, fact) ? found("closed") : undefined;
  }
}

/**
 * Reads all that the host did. A busy requester gets the result within the turn that it is in: once the host has closed
 * the child, what such a turn says of it by name counts when a message with these words went out.
 */
export function readAllEvidence(open: PendingDelivery, facts: readonly HostAction[]): Finding[] {
  const closedAt = facts.find((fact) => fact.kind === "child_ended" && isSameChild(open, fact))?.at;
  return facts.flatMap((fact): Finding[] => {
    const finding = readEvidence(open, fact);
    if (finding !== undefined) return [finding];
    const isTold = closedAt !== undefined && fact.at >= closedAt && tellsWithinTurn(open, fact, facts);
    return isTold ? [{ evidence: "told_in_running_turn", at: fact.at, detail: undefined }] : [];
  });
}

/** Names that are as short as this stand in other words, too. */
const MIN_TITLE_LENGTH = 4;

function tellsWithinTurn(open: PendingDelivery, fact: HostAction, facts: readonly HostAction[]): boolean {
  if (fact.kind !== "turn_end" || isAnnouncing(fact.turn.runId)) return false;
  const { sessionKey, startedAt, text, delivery } = fact.turn;
  if (sessionKey === undefined || !open.announcers.includes(sessionKey)) return false;
  if (startedAt === undefined || startedAt > open.endedAt) return false;
  if (text === undefined || open.title.length < MIN_TITLE_LENGTH || !text.includes(open.title)) return false;
  return delivery === "sent" || facts.some((one) => one.kind === "message" && isMessageOf(open, one.message, text));
}

function isMessageOf(open: PendingDelivery, { success, to, content }: SentMessage, text: string): boolean {
  return success && isSameAddress(to, open.delivery.route?.to) && isSameText(content, text);
}

function readMessage(open: PendingDelivery, message: SentMessage): Evidence | undefined {
  const isAnnouncement = message.runId !== undefined && isAnnouncementFor(message.runId, toChild(open));
  const isDirect = isDirectAnnouncement(open, message);
  if (message.success) {
    if (isAnnouncement || isDirect) return "announced";
    return isToldByAgent(open, message) ? "told_in_another_turn" : undefined;
  }
  if (!isAnnouncement && !isDirect) return undefined;
  if (INTERRUPTED.test(message.error ?? "")) return "interrupted";
  if (isDirect) return "direct_failed";
  return readChannelError(message.error);
}

function readTurn(open: PendingDelivery, turn: TurnEnd): Evidence | undefined {
  if (!isAnnouncementFor(turn.runId, toChild(open))) {
    const isRequester = turn.sessionKey !== undefined && open.announcers.includes(turn.sessionKey);
    const isTold =
      isRequester && !isAnnouncing(turn.runId) && turn.delivery === "sent" && carriesResult(open, turn.text);
    return isTold ? "told_in_another_turn" : undefined;
  }
  switch (turn.delivery) {
    case "sent":
      return "announcing_turn_sent";
    case "suppressed":
      return "kept_silent";
    case "failed":
      return readChannelError(turn.error);
    case undefined:
      return turn.status === "succeeded" ? undefined : "aborted";
  }
}

/**
 * Words of the requester's agent. Children that say the same are each told in their own announcement, and a notice of
 * ClawTask's own, which has no session, tells of one of them.
 */
function isToldByAgent(open: PendingDelivery, { to, sessionKey, runId, content }: SentMessage): boolean {
  if (sessionKey === undefined || !open.announcers.includes(sessionKey)) return false;
  return !isAnnouncing(runId) && isSameAddress(to, open.delivery.route?.to) && carriesResult(open, content);
}

const isAnnouncing = (runId: string | undefined): boolean => runId?.startsWith("announce:") === true;

/**
 * The direct message that proves a result, if one does. Children that say the same are sent one message each, and
 * nothing but their number tells them apart.
 */
export function findDirectProof(open: PendingDelivery, facts: readonly HostAction[]): HostAction | undefined {
  return facts.find(
    (fact) => fact.kind === "message" && fact.message.success && isDirectAnnouncement(open, fact.message),
  );
}

/** In a direct chat the host sends the child's own words, under no run of its own. */
function isDirectAnnouncement(open: PendingDelivery, message: SentMessage): boolean {
  return (
    message.runId === undefined &&
    isSameAddress(message.to, open.delivery.route?.to) &&
    open.announcers.includes(message.sessionKey ?? "") &&
    open.body !== null &&
    isSameText(message.content, open.body)
  );
}

const toChild = (open: PendingDelivery): { sessionKey: string | null; runId: string | null } => ({
  sessionKey: open.childSessionKey,
  runId: open.hostRunId,
});

function isSameChild(
  open: PendingDelivery,
  fact: { runId: string | undefined; childSessionKey: string | undefined },
): boolean {
  if (fact.runId !== undefined) return fact.runId === open.hostRunId;
  return fact.childSessionKey !== undefined && fact.childSessionKey === open.childSessionKey;
}
