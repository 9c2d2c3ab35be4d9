import type { Via } from "../../../model/event-origin.ts";
import type {
  AnswerOrigin,
  ApprovalAnswer,
  ApprovalBypass,
  NodeAttempt,
  RunNode,
} from "../../../model/run-documents.ts";
import { formatCaller } from "../anonymous-caller.ts";
import { isBlocking } from "./find-node.ts";

/** The ways by which the one who speaks is known, in words. */
const KNOWN_WAYS: Partial<Record<Via, string>> = {
  chat: "in the chat",
  dashboard: "in the dashboard",
  api: "with the API token",
  gateway: "through the gateway",
  terminal: "at a terminal",
  library: "through a program",
};

/** By which way something was said of an approval; undefined in journals that do not tell. */
function formatWay({ via, session, sender }: AnswerOrigin): string | undefined {
  if (via === undefined) return undefined;
  const way = KNOWN_WAYS[via];
  if (way !== undefined && (sender !== undefined || via === "terminal" || via === "library")) return way;
  if (via === "file") return "reported in control.jsonl";
  return session === undefined ? "reported on the command line" : `reported by ${session}`;
}

/** An answer as a line: what, who, by which way, and their words. */
export function formatAnswer(answer: ApprovalAnswer): string {
  const { choice, words, data } = answer;
  const quoted = words === null ? "" : `: ${words}`;
  return `${choice} ${formatSpeaker(answer)}${quoted}${data === undefined ? "" : ` ${JSON.stringify(data)}`}`;
}

/** Who it was and by which way: `by telegram:4242 (in the chat)`. */
export function formatSpeaker(origin: AnswerOrigin): string {
  const way = formatWay(origin);
  return `by ${formatCaller(origin.by)}${way === undefined ? "" : ` (${way})`}`;
}

/** What an approval came to. */
export type ApprovalOutcome =
  | { kind: "answered"; answer: ApprovalAnswer }
  | { kind: "bypassed"; bypass: ApprovalBypass | undefined }
  | { kind: "expired" };

/**
 * What an attempt at an approval came to; undefined while it is open, and when the run left it out by itself. One that is
 * over without any record, as earlier versions and other tools leave it, was answered by nobody whom the journal knows.
 */
export function findApprovalOutcome(one: RunNode | NodeAttempt): ApprovalOutcome | undefined {
  if (one.answer !== undefined) return { kind: "answered", answer: one.answer };
  if (one.bypassed !== undefined) return { kind: "bypassed", bypass: one.bypassed };
  if (one.reason === "expired" || one.reason === "timed_out") return { kind: "expired" };
  const isOver = one.status === "completed" || one.status === "skipped" || one.status === "failed";
  return isOver && one.reason === undefined ? { kind: "bypassed", bypass: undefined } : undefined;
}

/** An approval that let its run go on without an answer, in words; undefined for all others. */
export function formatBypass(node: RunNode): string | undefined {
  if (node.kind !== "approval") return undefined;
  const outcome = findApprovalOutcome(node);
  return outcome?.kind === "bypassed" ? formatUnanswered(outcome, node.lastMessage) : undefined;
}

const BYPASS_VERBS: Record<ApprovalBypass["to"], string> = {
  completed: "set to completed",
  skipped: "skipped",
  failed: "set to failed",
};

function formatUnanswered(
  outcome: Exclude<ApprovalOutcome, { kind: "answered" }>,
  lastMessage: string | undefined,
): string {
  if (outcome.kind === "expired") return "nobody answered in time";
  const { bypass } = outcome;
  if (bypass === undefined)
    return `bypassed: no answer is recorded${lastMessage === undefined ? "" : ` ("${lastMessage}")`}`;
  const words = bypass.words === null ? "" : `: "${bypass.words}"`;
  return `bypassed ${formatSpeaker(bypass)}, ${BYPASS_VERBS[bypass.to]} without an answer${words}`;
}

/** Everything that a person said at an approval, the earlier answers first: a yes may refer to what a no asked for. */
export function listAnswers(node: RunNode): string[] {
  if (node.kind !== "approval") return [];
  return [...(node.attempts ?? []), node].flatMap(({ answer }) => (answer === undefined ? [] : [formatAnswer(answer)]));
}

/** What stands in the place of an answer where an approval is over and nobody gave one. */
export function describeUnanswered(node: RunNode): string | undefined {
  if (node.kind !== "approval") return undefined;
  const outcome = findApprovalOutcome(node);
  if (outcome === undefined || outcome.kind === "answered") return undefined;
  return `${node.id}: ${formatUnanswered(outcome, node.lastMessage)}`;
}

/** Approvals that a run has gone past without an answer. */
export function listBypassed(nodes: readonly RunNode[]): RunNode[] {
  return nodes.filter((node) => formatBypass(node) !== undefined && !isBlocking(node));
}
