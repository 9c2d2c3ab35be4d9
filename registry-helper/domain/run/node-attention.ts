import { isOlderThan } from "../../model/age.ts";
import type { AttentionItem, AttentionItemMaker } from "../../model/attention-item.ts";
import { suggest } from "../../model/remedy.ts";
import type { RunNode, RunState } from "../../model/run-documents.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";
import { findDeliveryProblem } from "../delivery/delivery-problem.ts";
import { isTerminalTask } from "../task/evolve.ts";
import type { RunFacts } from "./attention-facts.ts";
import { claimEnd, isAbandoned } from "./decide/decide-claim.ts";
import { formatAnswer } from "./state/approval-outcome.ts";
import { formatWaitTarget, parseWaitTarget } from "./state/wait-target.ts";
import { isRetryDue } from "./transitions/end-node.ts";

/** What a node of a run that has not ended needs attention for: one reason, and a contradiction besides. Pure. */
export function listNodeAttention(
  node: RunNode,
  state: RunState,
  facts: RunFacts,
  item: AttentionItemMaker,
): AttentionItem[] {
  const stands = findStandstill(node, state, facts, item);
  const items = stands === undefined ? [] : [{ ...stands, nodeId: node.id }];
  if (node.conflict !== undefined) {
    const why = `${node.id}: ${node.conflict}`;
    items.push({ ...item("run_conflict", state.updatedAt, why, suggest("show", state.runId)), nodeId: node.id });
  }
  return items;
}

function findStandstill(
  node: RunNode,
  state: RunState,
  facts: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  if (node.kind === "approval" && node.status === "waiting") return findUnanswered(node, state, facts, item);
  // What is paused stands still on purpose.
  if (state.status !== "running") return undefined;
  switch (node.status) {
    case "ready":
      return findStranded(node, state, facts, item);
    case "running":
      return findSilentWork(node, state, facts, item);
    case "waiting":
      return findLongWait(node, state, facts, item);
    case "failed":
      return findFailure(node, state, facts, item);
    default:
      return undefined;
  }
}

/** A question that did not reach the person waits for ever: who looks at the list has to know. */
function findUnanswered(node: RunNode, state: RunState, facts: RunFacts, item: AttentionItemMaker): AttentionItem {
  const problem = findDeliveryProblem(node.asked, facts);
  const note = problem === undefined ? "" : ` (not delivered: ${problem.reason})`;
  const since = node.startedAt ?? state.updatedAt;
  const reported = node.reported === undefined ? "" : ` (reported, and not counted: ${formatAnswer(node.reported)})`;
  const why = `${node.id}: ${node.lastMessage ?? node.title}${note}${reported}`;
  return item("waiting_approval", since, why, suggest("next", state.runId));
}

/** Ready work in a run that nobody drives. While somebody holds a claim in it, the rest may wait for its turn. */
function findStranded(
  node: RunNode,
  state: RunState,
  { now, staleAfter }: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const isDriven = state.nodes.some(
    ({ status, claim }) => status === "running" && claim !== undefined && now < claimEnd(claim, now),
  );
  const since = findReadySince(node, state);
  const isQuiet = isOlderThan(since, staleAfter.ready, now) && isOlderThan(state.updatedAt, staleAfter.ready, now);
  if (!(isQuiet && !isDriven) && !isOlderThan(since, staleAfter.waiting, now)) return undefined;
  return item("stranded_ready", since, `${node.id} is ready, and nobody has taken it`, suggest("next", state.runId));
}

/** When the last thing that it waited for ended. */
function findReadySince(node: RunNode, state: RunState): string {
  const needs = state.nodes.filter(({ id }) => node.needs.includes(id));
  const times = [...needs, ...(node.attempts ?? [])].flatMap(({ completedAt }) => completedAt ?? []);
  return times.reduce((latest, time) => (time > latest ? time : latest), state.createdAt);
}

function findSilentWork(
  node: RunNode,
  state: RunState,
  facts: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { now, staleAfter } = facts;
  const { runId } = state;
  const since = node.startedAt ?? state.updatedAt;
  const next = suggest("next", runId);
  if (isPastBy(node.deadlineAt, staleAfter.deadline, now))
    return item("past_deadline", node.deadlineAt, `${node.id} is past its time limit`, suggest("tick", runId));
  if (node.childSessionKey !== null || node.runId !== null) return findSilentChild(node, state, facts, item);
  if (node.claim !== undefined) {
    const end = claimEnd(node.claim, now);
    // A claim that a wrong clock gave ends now, and nobody knows since when.
    if (!isAbandoned(node, now) || (end < now && end + staleAfter.claim * 1000 > now)) return undefined;
    const why = `${node.id}: the claim of ${node.claim.by} has expired`;
    return item("claim_expired", formatMicros(end), why, next);
  }
  const isSilent = isOlderThan(since, staleAfter.running, now) && isOlderThan(state.updatedAt, staleAfter.running, now);
  return isSilent ? item("stale_running", since, `${node.id} is running, and nothing reports on it`, next) : undefined;
}

/** A child that goes on is watched as a task of its own. */
function findSilentChild(
  node: RunNode,
  state: RunState,
  { now, staleAfter, findTask }: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const next = suggest("next", state.runId);
  const task = findTask(node.id);
  if (task === undefined) return undefined;
  if (task === null) {
    const since = node.startedAt ?? state.updatedAt;
    if (!isOlderThan(since, staleAfter.unknownChild, now)) return undefined;
    const child = node.childSessionKey ?? node.runId ?? "";
    return item("running_without_heartbeat", since, `${node.id}: the ledger has no task of its child ${child}`, next);
  }
  const endedAt = task.endedAt ?? task.updatedAt;
  if (!isTerminalTask(task) || !isOlderThan(endedAt, staleAfter.child, now)) return undefined;
  const why = `${node.id}: its child has ended (${task.status}), and the node is still running`;
  return item("running_without_heartbeat", endedAt, why, next);
}

function findLongWait(
  node: RunNode,
  state: RunState,
  { now, staleAfter }: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { runId } = state;
  const since = node.startedAt ?? state.updatedAt;
  const target = parseWaitTarget(node);
  if (node.kind === "wait" && target.type === "manual")
    return item("waiting_user", since, `${node.id}: ${node.lastMessage ?? node.title}`, suggest("next", runId));
  const tick = suggest("tick", runId);
  const waitsUntil = target.type === "until" ? target.at : target.type === "next_tick" ? since : undefined;
  if (isPastBy(waitsUntil, staleAfter.deadline, now))
    return item("past_deadline", waitsUntil, `${node.id} has waited for ${formatWaitTarget(node)} long enough`, tick);
  if (isPastBy(node.deadlineAt, staleAfter.deadline, now))
    return item("past_deadline", node.deadlineAt, `${node.id} is past its time limit`, tick);
  if (target.type === "until" || !isOlderThan(since, staleAfter.waiting, now)) return undefined;
  return item("stale_waiting", since, `${node.id} still waits for ${formatWaitTarget(node)}`, suggest("next", runId));
}

/** A failure that stops what comes after it, from the moment of the last attempt, while other branches continue. */
function findFailure(
  node: RunNode,
  state: RunState,
  { now, staleAfter }: RunFacts,
  item: AttentionItemMaker,
): AttentionItem | undefined {
  const { runId, updatedAt } = state;
  const { retryAt } = node;
  if (retryAt !== undefined) {
    if (!isRetryDue(node, now) || !isOlderThan(retryAt, staleAfter.deadline, now)) return undefined;
    return item("past_deadline", retryAt, `${node.id}: its next attempt is due`, suggest("tick", runId));
  }
  // Of a run that is blocked, one item names all failures. A no is a person's own decision.
  const isHandled = state.blockedBy !== undefined || node.reason === "rejected";
  if (isHandled || (node.policy?.onFailure ?? "block") !== "block") return undefined;
  const why = node.lastMessage === undefined ? `${node.id} failed` : `${node.id} failed: ${node.lastMessage}`;
  return item("node_failed", node.completedAt ?? updatedAt, why, suggest("retry", runId, node.id));
}

/** Whether a moment that is set in advance has passed by at least this long, in milliseconds. */
function isPastBy(at: string | undefined, ms: number, now: Micros): at is string {
  return (parseMicros(at) ?? Number.POSITIVE_INFINITY) + ms * 1000 <= now;
}

/** The failed nodes of a run with what was said of each, as one line. */
export function formatFailures(state: RunState): string {
  const failed = state.nodes.filter(({ status }) => status === "failed");
  return failed.map(({ id, lastMessage }) => (lastMessage === undefined ? id : `${id} (${lastMessage})`)).join(", ");
}
