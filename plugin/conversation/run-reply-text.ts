/** What `/run` says: short lines for a chat, from the documents of the verbs. Pure; every text in them is data. */
import {
  formatBypass,
  formatUnverified,
  getQuestion,
  isUnverified,
  listCaveats,
  type OperationDocument,
  type OperationError,
  type RunNode,
  type RunState,
} from "../../registry-helper/internal.ts";
import { formatAge, truncateLines, chatLine } from "./labels.ts";

const TITLE_LENGTH = 60;
const LINE_LENGTH = 160;

const RUN_MARKS: Readonly<Record<string, string>> = {
  running: "▶️",
  paused: "⏸️",
  completed: "✅",
  failed: "❌",
  cancelled: "🚫",
};
const NODE_MARKS: Readonly<Record<RunNode["status"], string>> = {
  pending: "·",
  ready: "○",
  running: "▶️",
  waiting: "❓",
  completed: "✅",
  failed: "❌",
  skipped: "⏭️",
};

export function runListText(runs: readonly RunState[], now: number): string {
  if (runs.length === 0) return "No runs of this conversation.";
  const active = runs.filter(isActive);
  const lines = [...active, ...runs.filter((run) => !isActive(run))].map((run) => runLine(run, now));
  const head = `Runs: ${active.length} active, ${runs.length - active.length} over`;
  return truncateLines({ head, lines, foot: "More of one: /run show ID" });
}

function runLine(run: RunState, now: number): string {
  const done = run.nodes.filter(({ status }) => status === "completed" || status === "skipped").length;
  const asked = run.nodes.filter(isQuestion).map(({ id }) => id);
  const asks = asked.length === 0 ? "" : `, ❓ ${asked.join(", ")}`;
  const stuck = run.blockedBy === undefined ? "" : ", cannot go on";
  const unproven = listCaveats(run.nodes).length === 0 ? "" : ", ⚠️ not all of it is verified";
  const head = `${RUN_MARKS[run.status] ?? "•"} ${chatLine(run.title, TITLE_LENGTH)} (${run.runId})`;
  const marks = `${stuck}${asks}${unproven}`;
  return chatLine(`${head}: ${done}/${run.nodes.length}${marks}, ${formatAge(run.updatedAt, now)}`, LINE_LENGTH);
}

export function runSummaryText(run: RunState, now: number): string {
  const lines = run.nodes.map((node) => {
    const why = formatBypass(node) ?? (isUnverified(node) ? formatUnverified(node) : formatWhy(node));
    const since = node.status === "running" ? formatAge(node.startedAt ?? run.updatedAt, now) : "";
    const blocked = node.blockedBy === undefined ? "" : `behind ${node.blockedBy.join(", ")}`;
    const more = [why, since, blocked].filter((one) => one !== "").join(", ");
    return chatLine(`${NODE_MARKS[node.status]} ${node.id}${more === "" ? "" : `: ${more}`}`, LINE_LENGTH);
  });
  const question = run.nodes.find(isQuestion);
  const foot = question === undefined ? "" : answerLine(run, question);
  return truncateLines({ head: runLine(run, now), lines, foot });
}

function formatWhy(node: RunNode): string {
  if (isQuestion(node)) return getQuestion(node);
  return node.status === "waiting" || node.status === "failed" ? (node.lastMessage ?? "") : "";
}

function answerLine({ runId }: RunState, node: RunNode): string {
  const yes = node.policy?.approval?.choices?.slice(0, -1) ?? [];
  const choice = yes.length > 1 ? ` ${yes.join("|")}` : "";
  return `/run approve ${runId} ${node.id}${choice} · /run reject ${runId} ${node.id}`;
}

/** What a control did. */
export function controlText(document: OperationDocument<"runs.control">): string {
  const { changed, runId, runStatus, nodeId, nodeStatus = "" } = document;
  if (!changed) return `Nothing to do: ${nodeId ?? runId} is so already.`;
  const summary = `run ${runId} is ${runStatus}`;
  return nodeId === undefined ? `Done: ${summary}.` : `Done: ${nodeId} is ${nodeStatus}; ${summary}.`;
}

export function runHelpText(): string {
  return [
    "/run: the runs of this conversation",
    "/run show ID",
    "/run approve ID [STEP] [CHOICE] [words]",
    "/run reject ID [STEP] [words]",
    "/run pause | resume | cancel ID",
    "/run retry | skip ID STEP [words]",
  ].join("\n");
}

export function runErrorText(error: OperationError): string {
  return `⚠️ ${chatLine(error.message, LINE_LENGTH * 2)} (${error.code})`;
}

export function isQuestion({ kind, status }: RunNode): boolean {
  return kind === "approval" && status === "waiting";
}

function isActive({ status }: RunState): boolean {
  return status === "running" || status === "paused" || status === "draft";
}
