import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../model/run-documents.ts";
import { type Micros, parseMicros } from "../model/time.ts";
import { type AttentionItem, type AttentionKind, SHOWN_FOR } from "../task/attention.ts";

/** Told already, told soon, or nobody wants to be told. */
const IN_HAND = ["pending", "sending", "delivered", "session_queued", "dismissed"];

/** What a run needs somebody for. Pure. */
export function attentionOfRun(state: RunState, now: Micros): AttentionItem[] {
  const { runId } = state;
  const item = (kind: AttentionKind, since: string, reason: string, command: string): AttentionItem => ({
    kind,
    subject: { kind: "run", id: runId },
    title: state.title,
    since,
    reason,
    command: `clawtask ${command}`,
  });
  const { delivery } = state;
  if (TERMINAL_RUN_STATUSES.includes(state.status)) {
    const why = delivery?.reason;
    if (delivery?.state === "failed")
      return [item("undelivered", state.updatedAt, why ?? "it could not be sent", `tasks retry ${runId}`)];
    if (delivery?.state === "ambiguous")
      return [item("ambiguous", state.updatedAt, why ?? "nobody knows whether it arrived", `show ${runId}`)];
    const isOld = now - (parseMicros(state.updatedAt) ?? now) > SHOWN_FOR;
    if (state.status !== "failed" || isOld || IN_HAND.includes(delivery?.state ?? "none")) return [];
    return [item("run_failed", state.updatedAt, `failed: ${failures(state)}`, `tasks dismiss ${runId}`)];
  }
  const next = `next ${runId}`;
  if (state.blockedBy !== undefined)
    return [item("run_blocked", state.updatedAt, `cannot go on: ${failures(state)}`, next)];
  return state.nodes
    .filter((node) => node.kind === "approval" && node.status === "waiting")
    .map((node) => item("waiting_approval", node.startedAt ?? state.updatedAt, question(node), next));
}

function failures(state: RunState): string {
  const failed = state.nodes.filter(({ status }) => status === "failed");
  return failed.map(({ id, lastMessage }) => (lastMessage === undefined ? id : `${id} (${lastMessage})`)).join(", ");
}

function question(node: RunNode): string {
  return `${node.id}: ${node.lastMessage ?? node.title}`;
}
