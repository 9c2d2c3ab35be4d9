import { isOlderThan } from "../../model/age.ts";
import {
  type AttentionItem,
  type AttentionItemMaker,
  attentionItemsOf,
  SHOWN_FOR,
} from "../../model/attention-item.ts";
import { suggest } from "../../model/remedy.ts";
import { type RunMessage, type RunState, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { findDeliveryProblem } from "../delivery/delivery-problem.ts";
import type { RunFacts } from "./attention-facts.ts";
import { formatFailures, listNodeAttention } from "./node-attention.ts";
import { formatBypass, listBypassed } from "./state/approval-outcome.ts";
import { formatUnverified, listUnverified } from "./state/run-caveats.ts";

/** Told already, told soon, or nobody wants to be told. */
const IN_HAND = ["pending", "sending", "delivered", "session_queued", "reported", "dismissed"];

/** What a run needs attention for. Pure. */
export function listRunAttention(state: RunState, facts: RunFacts): AttentionItem[] {
  const item = attentionItemsOf({ kind: "run", id: state.runId }, state.title);
  return TERMINAL_RUN_STATUSES.includes(state.status)
    ? listEndedRunAttention(state, facts, item)
    : listOpenRunAttention(state, facts, item);
}

function listEndedRunAttention(state: RunState, facts: RunFacts, item: AttentionItemMaker): AttentionItem[] {
  const { runId, updatedAt, delivery } = state;
  const isOld = isOlderThan(updatedAt, SHOWN_FOR / 1000, facts.now);
  const isSettled = isOld || state.status === "cancelled" || state.archivedAt !== undefined;
  const doubts = isSettled ? [] : listDoubts(state, item);
  const problem = findDeliveryProblem(delivery, facts);
  if (problem !== undefined) {
    const suggestion = problem.kind === "undelivered" ? suggest("tasks retry", runId) : suggest("show", runId);
    return [item(problem.kind, updatedAt, problem.reason, suggestion), ...doubts];
  }
  const isInHand = state.reported !== undefined || IN_HAND.includes(delivery?.state ?? "none");
  if (state.status !== "failed" || isOld || isInHand) return doubts;
  const why = `failed: ${formatFailures(state)}`;
  return [item("run_failed", updatedAt, why, suggest("tasks dismiss", runId)), ...doubts];
}

function listOpenRunAttention(state: RunState, facts: RunFacts, item: AttentionItemMaker): AttentionItem[] {
  const { runId, status, updatedAt } = state;
  const items = [
    ...state.nodes.flatMap((node) => listNodeAttention(node, state, facts, item)),
    ...listDoubts(state, item),
    ...(state.messages ?? []).flatMap((message) => findMessageProblem(message, state, facts, item) ?? []),
  ];
  if (state.blockedBy !== undefined)
    items.unshift(item("run_blocked", updatedAt, `blocked: ${formatFailures(state)}`, suggest("next", runId)));
  if (state.cronPatch?.outcome === "refused") {
    const why = `its cron job: ${state.cronPatch.reason ?? "refused"}`;
    items.push(item("run_conflict", state.cronPatch.at, why, suggest("show", runId)));
  }
  if (status !== "running" && items.length === 0 && isOlderThan(updatedAt, facts.staleAfter.waiting, facts.now))
    items.push(
      status === "paused"
        ? item("stale_waiting", updatedAt, "paused, and not resumed", suggest("resume", runId))
        : item("stale_waiting", updatedAt, `still ${status}`, suggest("next", runId)),
    );
  return items;
}

/** What is taken for done or for allowed, and nothing shows it. An owner or operator who went past knows it. */
function listDoubts({ runId, nodes, updatedAt }: RunState, item: AttentionItemMaker): AttentionItem[] {
  const show = suggest("show", runId);
  const bypassed = listBypassed(nodes).filter(({ bypassed: by }) => by?.sender === undefined && by?.via !== "terminal");
  return [
    ...bypassed.map((node) => {
      const why = `${node.id}: ${formatBypass(node) ?? ""}`;
      return item("run_bypassed", node.completedAt ?? updatedAt, why, show, node.id);
    }),
    ...listUnverified(nodes).map((node) =>
      item("run_unverified", node.completedAt ?? updatedAt, formatUnverified(node), show, node.id),
    ),
  ];
}

function findMessageProblem(
  { text, delivery }: RunMessage,
  { runId }: RunState,
  facts: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const problem = findDeliveryProblem(delivery, facts);
  if (problem === undefined) return undefined;
  const suggestion =
    problem.kind === "delivery_overdue" ? suggest("show", runId) : suggest("send-message", runId, text);
  return item(problem.kind, delivery.plannedAt, `"${text}": ${problem.reason}`, suggestion);
}
