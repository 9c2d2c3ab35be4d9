import type { DeliveryReport } from "../../../registry-helper/internal.ts";
import type { PendingDelivery } from "../pending-delivery.ts";
import { endsAtSession } from "../session-fallback.ts";
import type { Evidence, Finding } from "./evidence.ts";

/** The host's own announcement is waited for this long before ClawTask sends, in milliseconds. */
export const HOST_ANNOUNCE_TIMEOUT_MS = 5 * 60_000;
/** After `subagent_ended`, a failure of the announcement would have been heard within this time. */
export const SETTLE_MS = 3_000;
/**
 * After an announcing turn that broke off, or a direct message that failed, the host or the agent may still tell the
 * result within this time, in milliseconds. Measured: the host's last word on a failed message comes after 7 s.
 */
export const ABORT_GRACE_MS = 15_000;
/** How long the host has for a further announcement when nobody knows whether its message arrived, in milliseconds. */
export const UNSURE_MS = 60_000;

/** What a piece of evidence means once nothing better has come. */
interface Rule {
  readonly verdict: "told" | "not told" | "unknown";
  /** Milliseconds that are waited for something better; the second while the host's ledger says that it still tries. */
  readonly waitMs: readonly [plain: number, whileHostRetries: number];
  /** Counts only once the host has closed the child. */
  readonly afterClose?: true;
  /** Shown to people: a receipt of what was told, else the reason. */
  readonly words: (detail: string | undefined) => string;
}

const AT_ONCE = [0, 0] as const;
const withReason =
  (what: string) =>
  (detail: string | undefined): string =>
    `${what}: ${detail ?? "no reason given"}`;

/** Every thing that the host may do about a result which it announces, and what it proves. */
export const ANNOUNCEMENT_RULES: Readonly<Record<Exclude<Evidence, "closed">, Rule>> = {
  announced: { verdict: "told", waitMs: AT_ONCE, words: (id) => `announced, message ${id ?? "sent"}` },
  announcing_turn_sent: { verdict: "told", waitMs: AT_ONCE, words: () => "announced in the requester's conversation" },
  kept_silent: {
    verdict: "told",
    waitMs: AT_ONCE,
    words: () => "taken by the agent that asked, which chose to say nothing",
  },
  told_in_another_turn: { verdict: "told", waitMs: AT_ONCE, words: () => "told by the agent in another turn" },
  told_in_running_turn: {
    verdict: "told",
    waitMs: AT_ONCE,
    words: () => "told by the agent in the turn that it was in",
  },
  refused: { verdict: "not told", waitMs: AT_ONCE, words: withReason("the announcement failed") },
  interrupted: {
    verdict: "unknown",
    waitMs: [UNSURE_MS, UNSURE_MS],
    words: () => "the host lost track of its announcement while it was on its way",
  },
  unanswered: {
    verdict: "unknown",
    waitMs: [UNSURE_MS, HOST_ANNOUNCE_TIMEOUT_MS],
    words: () => "the channel gave no answer to the host's announcement, which may have arrived",
  },
  unreached: {
    verdict: "not told",
    waitMs: [HOST_ANNOUNCE_TIMEOUT_MS, HOST_ANNOUNCE_TIMEOUT_MS],
    words: withReason("the channel was not reached"),
  },
  direct_failed: {
    verdict: "not told",
    waitMs: [ABORT_GRACE_MS, HOST_ANNOUNCE_TIMEOUT_MS],
    afterClose: true,
    words: withReason("the announcement failed"),
  },
  aborted: {
    verdict: "not told",
    waitMs: [ABORT_GRACE_MS, HOST_ANNOUNCE_TIMEOUT_MS],
    afterClose: true,
    words: withReason("the announcing turn broke off"),
  },
};

/**
 * What all the evidence about a result says; undefined while it says nothing yet. A proof counts whenever it comes. Of
 * what speaks against it, the host's last word on a message that it could not send counts most: it repeats nothing that
 * may have arrived, so that a refusal after a lost answer is a refusal of both.
 */
export function judgeAnnouncement(
  open: PendingDelivery,
  findings: readonly Finding[],
  now: number,
): DeliveryReport | undefined {
  const proof = findings.find(
    ({ evidence }) => evidence !== "closed" && ANNOUNCEMENT_RULES[evidence].verdict === "told",
  );
  if (proof !== undefined) return apply(proof, open, undefined, now);
  const closed = findings.find(({ evidence }) => evidence === "closed");
  const decisive =
    findings.find(({ evidence }) => evidence === "refused" || evidence === "interrupted") ??
    findings.findLast(({ evidence }) => evidence === "unanswered") ??
    findings.findLast(({ evidence }) => evidence === "unreached") ??
    findings.findLast(({ evidence }) => evidence === "direct_failed") ??
    findings.findLast(({ evidence }) => evidence === "aborted");
  if (decisive !== undefined) {
    const report = apply(decisive, open, closed, now);
    const isHeldByHost = ["interrupted", "unanswered", "unreached"].includes(decisive.evidence);
    if (report !== undefined || isHeldByHost) return report;
  } else if (closed !== undefined && now - closed.at >= SETTLE_MS && endsAtSession(open))
    return { kind: "host_confirmed", receipt: "handed to the requester's session" };
  return giveUp(open, decisive, now);
}

function apply(
  finding: Finding,
  open: PendingDelivery,
  closed: Finding | undefined,
  now: number,
): DeliveryReport | undefined {
  if (finding.evidence === "closed") return undefined;
  const rule = ANNOUNCEMENT_RULES[finding.evidence];
  if (rule.afterClose === true && closed === undefined) return undefined;
  if (now - finding.at < rule.waitMs[open.hostMayRetry ? 1 : 0]) return undefined;
  const words = rule.words(finding.detail);
  if (rule.verdict === "told") return { kind: "host_confirmed", receipt: words };
  return { kind: rule.verdict === "unknown" ? "unknown" : "host_silent", reason: words };
}

/** Nothing certain was heard for as long as the host may take. */
function giveUp(open: PendingDelivery, decisive: Finding | undefined, now: number): DeliveryReport | undefined {
  const since = Math.max(open.subtreeEndedAt ?? Infinity, decisive?.at ?? 0);
  if (now - since < HOST_ANNOUNCE_TIMEOUT_MS) return undefined;
  const reason =
    decisive === undefined || decisive.evidence === "closed"
      ? `nothing was announced within ${HOST_ANNOUNCE_TIMEOUT_MS / 60_000} minutes`
      : ANNOUNCEMENT_RULES[decisive.evidence].words(decisive.detail);
  return { kind: "host_silent", reason };
}
