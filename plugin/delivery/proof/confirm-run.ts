import { type DeliveryReport, isDeliveryDue } from "../../../registry-helper/internal.ts";
import type { TurnEnd } from "../../host/events/host-events.ts";
import type { PendingDelivery } from "../pending-delivery.ts";
import type { HostAction } from "../recent-host-activity.ts";
import { ABORT_GRACE_MS, SETTLE_MS } from "./announcement-rules.ts";
import { isSameAddress, isSameText, mentionsRun } from "./words.ts";

/** Clocks of two threads: a turn that began this much after a run changed may have been the one that changed it. */
const SLACK_MS = 1_000;

/**
 * A run's outcome or question is told by the agent, in the turn in which it came up or in a later one. A turn speaks for
 * what it was started for: the silence of one that began afterwards, or that announces some child, is no silence about
 * the run, and its words count only when they are about the run.
 *
 * In a direct chat the host puts a child's raw text in the place of an announcing turn's words; that is no telling, so
 * the message has to agree with what the agent said. Pure.
 */
export function confirmRun(
  open: PendingDelivery,
  facts: readonly HostAction[],
  now: number,
): DeliveryReport | undefined {
  let silentAt: number | undefined;
  let replacedAt: number | undefined;
  for (const fact of facts) {
    if (fact.kind !== "turn_end" || !open.announcers.includes(fact.turn.sessionKey ?? "")) continue;
    const { turn } = fact;
    const said = turn.disposition === "silent" ? undefined : turn.text;
    const began = getBeginning(open, turn);
    if (said === undefined) {
      // The turns of children that end together run side by side: another one may be about to tell.
      if (began !== "after") silentAt ??= isAnnouncing(turn) ? fact.at + ABORT_GRACE_MS : fact.at;
      continue;
    }
    if (began === "after" && !mentionsRun(open, said)) continue;
    if (turn.delivery === "sent") return { kind: "host_confirmed", receipt: "told by the agent" };
    if (turn.delivery === "failed") return notArrived(turn.error);
    const message = findMessage(open, facts, said);
    if (message?.success === true)
      return { kind: "host_confirmed", receipt: `told by the agent, message ${message.messageId ?? "sent"}` };
    if (message !== undefined) return notArrived(message.error);
    // In a direct chat the words of an announcing turn go nowhere, and nothing says so.
    if (isAnnouncing(turn) && turn.delivery === undefined) replacedAt ??= fact.at;
  }
  if (silentAt !== undefined && now >= silentAt) return SILENT;
  if (replacedAt !== undefined && now - replacedAt >= SETTLE_MS)
    return { kind: "host_silent", reason: "the host sent a child's words in the place of the agent's" };
  if (!isDeliveryDue(open.delivery.dueAt, now * 1000)) return undefined;
  return { kind: "host_silent", reason: "the agent has told nobody" };
}

const SILENT: DeliveryReport = { kind: "host_silent", reason: "the agent ended its turn without a word" };

const notArrived = (error: string | undefined): DeliveryReport => ({
  kind: "host_silent",
  reason: `the agent's words did not arrive: ${error ?? "no reason given"}`,
});

const isAnnouncing = (turn: TurnEnd): boolean => turn.runId.startsWith("announce:");

/** Whether a turn had begun when the run changed; unknown for one that began before this plugin was there to see it. */
function getBeginning(open: PendingDelivery, { startedAt }: TurnEnd): "before" | "after" | "unknown" {
  if (startedAt === undefined) return "unknown";
  return startedAt <= open.endedAt + SLACK_MS ? "before" : "after";
}

function findMessage(
  open: PendingDelivery,
  facts: readonly HostAction[],
  said: string,
): { success: boolean; messageId: string | undefined; error: string | undefined } | undefined {
  return facts
    .flatMap((fact) => (fact.kind === "message" ? [fact.message] : []))
    .find(({ to, content }) => isSameAddress(to, open.delivery.route?.to) && isSameText(content, said));
}
