import { formatCommand, suggest, type SuggestedCommand } from "../../model/remedy.ts";
import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import { type AttentionItem, type AttentionKind, SHOWN_FOR } from "../task/attention.ts";
import { formatAnswer, formatBypass, listBypassed } from "./state/approval-outcome.ts";
import { formatUnverified, listUnverified } from "./state/run-caveats.ts";

/** Told already, told soon, or nobody wants to be told. */
const IN_HAND = ["pending", "sending", "delivered", "session_queued", "dismissed"];

/** What a run needs somebody for. Pure. */
export function listRunAttention(state: RunState, now: Micros): AttentionItem[] {
  const { runId } = state;
  const item = (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand): AttentionItem => ({
    kind,
    subject: { kind: "run", id: runId },
    title: state.title,
    since,
    reason,
    command: formatCommand(suggestion),
    suggestion,
  });
  const { delivery } = state;
  const doubts = listDoubts(state, item);
  if (TERMINAL_RUN_STATUSES.includes(state.status)) {
    const why = delivery?.reason;
    const isOld = now - (parseMicros(state.updatedAt) ?? now) > SHOWN_FOR;
    const left = isOld || state.status === "cancelled" || state.archivedAt !== undefined ? [] : doubts;
    if (delivery?.state === "failed")
      return [
        item("undelivered", state.updatedAt, why ?? "it could not be sent", suggest("tasks retry", runId)),
        ...left,
      ];
    if (delivery?.state === "ambiguous")
      return [
        item("ambiguous", state.updatedAt, why ?? "nobody knows whether it arrived", suggest("show", runId)),
        ...left,
      ];
    if (state.status !== "failed" || isOld || IN_HAND.includes(delivery?.state ?? "none")) return left;
    return [
      item("run_failed", state.updatedAt, `failed: ${failures(state)}`, suggest("tasks dismiss", runId)),
      ...left,
    ];
  }
  const next = suggest("next", runId);
  const items = [...state.nodes.flatMap((node) => listNodeAttention(node, state, item)), ...doubts];
  if (state.blockedBy !== undefined)
    items.unshift(item("run_blocked", state.updatedAt, `cannot go on: ${failures(state)}`, next));
  for (const message of state.messages ?? []) {
    if (message.delivery.state !== "failed" && message.delivery.state !== "ambiguous") continue;
    const kind = message.delivery.state === "failed" ? "undelivered" : "ambiguous";
    const why = `"${message.text}": ${message.delivery.reason ?? "it could not be sent"}`;
    items.push(item(kind, message.delivery.plannedAt, why, suggest("send-message", runId, message.text)));
  }
  if (state.cronPatch?.outcome === "refused")
    items.push(
      item(
        "run_conflict",
        state.cronPatch.at,
        `its cron job: ${state.cronPatch.reason ?? "refused"}`,
        suggest("show", runId),
      ),
    );
  return items;
}

/** What is taken for done or for allowed, and nothing shows it. An owner or operator who went past knows it. */
function listDoubts(
  { runId, nodes, updatedAt }: RunState,
  item: (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand) => AttentionItem,
): AttentionItem[] {
  const show = suggest("show", runId);
  const bypassed = listBypassed(nodes).filter(({ bypassed: by }) => by?.sender === undefined && by?.via !== "terminal");
  return [
    ...bypassed.map((node) => {
      const why = `${node.id}: ${formatBypass(node) ?? ""}`;
      return { ...item("run_bypassed", node.completedAt ?? updatedAt, why, show), nodeId: node.id };
    }),
    ...listUnverified(nodes).map((node) => ({
      ...item("run_unverified", node.completedAt ?? updatedAt, formatUnverified(node), show),
      nodeId: node.id,
    })),
  ];
}

function listNodeAttention(
  node: RunNode,
  { runId, updatedAt }: RunState,
  item: (kind: AttentionKind, since: string, reason: string, suggestion: SuggestedCommand) => AttentionItem,
): AttentionItem[] {
  const items: AttentionItem[] = [];
  if (node.kind === "approval" && node.status === "waiting") {
    // A question that did not reach the person waits for ever: who asks for attention has to know.
    const isLost = node.asked?.state === "failed" || node.asked?.state === "ambiguous";
    const undeliveredNote = isLost ? ` (not delivered: ${node.asked?.reason ?? "it could not be sent"})` : "";
    const since = node.startedAt ?? updatedAt;
    const reported = node.reported === undefined ? "" : ` (reported, and not counted: ${formatAnswer(node.reported)})`;
    const why = `${question(node)}${undeliveredNote}${reported}`;
    const asks = item("waiting_approval", since, why, suggest("next", runId));
    items.push({ ...asks, nodeId: node.id });
  }
  if (node.conflict !== undefined)
    items.push({
      ...item("run_conflict", updatedAt, `${node.id}: ${node.conflict}`, suggest("show", runId)),
      nodeId: node.id,
    });
  return items;
}

function failures(state: RunState): string {
  const failed = state.nodes.filter(({ status }) => status === "failed");
  return failed.map(({ id, lastMessage }) => (lastMessage === undefined ? id : `${id} (${lastMessage})`)).join(", ");
}

function question(node: RunNode): string {
  return `${node.id}: ${node.lastMessage ?? node.title}`;
}
