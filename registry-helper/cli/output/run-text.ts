import { formatCaller } from "../../domain/run/anonymous-caller.ts";
import { describeUnanswered, formatAnswer, formatBypass } from "../../domain/run/state/approval-outcome.ts";
import { parseDeliveryRoute } from "../../domain/run/state/delivery-route.ts";
import { formatLeftFiles } from "../../domain/run/state/left-files.ts";
import { formatUnverified, isUnverified } from "../../domain/run/state/run-caveats.ts";
import { formatDuration } from "../../model/duration.ts";
import { type RunNode, type RunState } from "../../model/run-documents.ts";
import { type Micros, shortTime } from "../../model/time.ts";
import { listAttempts, isCarriedOver, lengthMs } from "../../views/index/node-attempts.ts";
import { blockAsWritten, fitLine, linesAsWritten, splitToWidth } from "./layout.ts";
import { ago, table } from "./table.ts";

/** One run for a person: what holds of all of it, a line for each node, and more about nodes with a history. */
export function runText(
  state: RunState,
  options: { folder: string; now: Micros; columns: number; changed?: (node: RunNode) => readonly string[] },
): string {
  const { folder, now, columns, changed = () => [] } = options;
  const rows = state.nodes.map((node) => [
    node.id,
    node.kind,
    formatStatus(node),
    ago(node.completedAt ?? node.startedAt, now),
    formatDetail(node),
  ]);
  const nodes = table(["NODE", "KIND", "STATUS", "SINCE", "WHAT"], rows, columns);
  const more = state.nodes.flatMap((node) => nodeLines(node, state, { changed: changed(node), columns }));
  return `${formatHeader(state, folder, columns)}\n${nodes}${more.length === 0 ? "" : `\n${more.join("\n")}\n`}`;
}

function formatHeader(state: RunState, folder: string, columns: number): string {
  const { params = {}, forkedFrom, cronPatch, archivedAt, notes = [], messages = [] } = state;
  const rows: Field[] = [
    ["status", `${state.status}${state.blockedBy ? `, blocked: ${state.blockedBy.join(", ")} failed` : ""}`],
    ["progress", state.lastProgressMessage],
    ["workflow", [state.workflowId, state.workflowVersion ?? ""].join(" ").trim()],
    ...Object.entries(params).map(([name, value]): Field => ["param", `${name} = ${formatValue(value)}`]),
    ["forked", forkedFrom === undefined ? null : `from ${forkedFrom.runId} at ${forkedFrom.nodeId}`],
    ["asked by", state.sourceSessionKey],
    ["told", formatDelivery(state)],
    ["route", state.boundRoute === undefined ? null : `bound by ${state.boundRoute.by}`],
    ...messages.map(({ text, by, delivery }): Field => ["message", `${delivery.state}, ${by}: ${text}`, "as written"]),
    ["cron", state.cronJobId],
    ["cron wish", cronPatch === undefined ? null : cronText(cronPatch)],
    ...notes.map((note): Field => ["note", note, "as written"]),
    ["archived", archivedAt === undefined ? null : shortTime(archivedAt)],
    // A path is there to be copied, so it is never cut.
    ["folder", folder, "as written"],
  ];
  const lines = rows.flatMap((field) => fieldLines(field, "", columns));
  return `${fitLine(`${state.runId}  ${state.title}`, columns)}\n${lines.join("\n")}\n`;
}

const LABEL_WIDTH = 10;

/** A label and its value: cut to one line, unless it has to be read or copied as it was written. */
type Field = [name: string, value: string | null, how?: "as written"];

function fieldLines([name, value, how]: Field, indent: string, columns: number): string[] {
  if (value === null || value === "") return [];
  const label = indent + name.padEnd(LABEL_WIDTH);
  const lines = how === undefined ? [] : linesAsWritten(value);
  if (lines.length > 1) return [label.trimEnd(), blockAsWritten(value, `${indent}  `)];
  return [`${label}${lines[0] ?? fitLine(value, columns - label.length)}`];
}

function formatValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cronText({ outcome, by, patch, reason }: NonNullable<RunState["cronPatch"]>): string {
  const words = outcome === "asked" ? `asked by ${by}` : `${outcome}${reason === undefined ? "" : `: ${reason}`}`;
  return `${words} ${JSON.stringify(patch)}`;
}

/** Who is told of the outcome, where, and whether they have been. */
function formatDelivery(state: RunState): string {
  const { delivery, reported } = state;
  const route = delivery?.route ?? parseDeliveryRoute(state.deliveryContext, state.sourceSessionKey);
  const where = route === null ? "" : `${route.channel} ${route.to}`;
  if (reported !== undefined && (delivery === undefined || delivery.state === "reported"))
    return `reported by ${formatCaller(reported.by)} at ${shortTime(reported.at)}; no channel vouches for it${where === "" ? "" : ` (${where})`}`;
  if (delivery === undefined)
    return route === null ? "no route was given: only the agent can tell" : `at the end, ${where}`;
  const why =
    delivery.reason ?? delivery.receipt ?? (delivery.sender === "host" ? "the agent is to tell" : "ClawTask will tell");
  return `${delivery.state}: ${why} (${where})`;
}

function formatStatus(node: RunNode): string {
  const attempt = node.attempts === undefined ? "" : `, try ${node.attempts.length + 1}`;
  if (formatBypass(node) !== undefined) return `${node.status}, bypassed`;
  if (isUnverified(node)) return `${node.status}, unverified`;
  return `${node.blockedBy === undefined ? node.status : "blocked"}${attempt}`;
}

function formatDetail(node: RunNode): string {
  if (node.blockedBy !== undefined) return `${node.blockedBy.join(", ")} failed`;
  const reason = node.reason === undefined ? "" : `${node.reason}: `;
  if (node.lastMessage !== undefined) return `${reason}${node.lastMessage}`;
  if (node.status === "running" && node.childSessionKey !== null) return node.childSessionKey;
  return node.needs.length > 0 ? `after ${node.needs.join(", ")}` : "";
}

/** What a node has that its line in the table cannot hold; nothing for most. */
function nodeLines(
  node: RunNode,
  state: RunState,
  { changed, columns }: { changed: readonly string[]; columns: number },
): string[] {
  const { claim, answer, evidence = [], conflict, retryAt, deadlineAt, notes, skippedBy, observed, asked } = node;
  const tries = listAttempts(node).filter(({ attempt }) => attempt <= (node.attempts?.length ?? 0));
  const rows: Field[] = [
    ...tries.map((one): Field => [`try ${one.attempt}`, attemptText(one)]),
    ...formatLeftFiles(node.attempts ?? []).map((one): Field => ["left", one, "as written"]),
    ["claim", claim === undefined ? null : `by ${claim.by} until ${shortTime(claim.until)}, token ${claim.token}`],
    ["deadline", deadlineAt === undefined ? null : shortTime(deadlineAt)],
    ["again", retryAt === undefined ? null : `tried again at ${shortTime(retryAt)}`],
    ["answer", answer === undefined ? null : formatAnswer(answer), "as written"],
    ["no answer", describeUnanswered(node) ?? null],
    [
      "reported",
      node.reported === undefined ? null : `${formatAnswer(node.reported)}; it does not count`,
      "as written",
    ],
    ["unverified", isUnverified(node) ? formatUnverified(node) : null],
    ["asked", asked === undefined ? null : questionText(asked)],
    ["evidence", evidence.length === 0 ? null : evidenceText(evidence)],
    ["changed", changed.length === 0 ? null : `since it was done: ${changed.join(", ")}`],
    ["output", node.output === undefined ? null : JSON.stringify(node.output)],
    ["seen", observed === undefined ? null : `${observed.status} ${observed.summary ?? ""}`.trim()],
    ["tokens", node.usage === undefined ? null : `${node.usage.input ?? "?"} in, ${node.usage.output ?? "?"} out`],
    ["conflict", conflict ?? null],
    ["left out", skippedBy === undefined ? null : `because of ${skippedBy}`],
    ["carried", isCarriedOver(state, node) ? `over from ${state.forkedFrom?.runId ?? ""}` : null],
    ...notes.map((note): Field => ["note", formatValue(note), "as written"]),
  ];
  const lines = rows.flatMap((field) => fieldLines(field, "  ", columns));
  return lines.length === 0 ? [] : [...splitToWidth(node.id, columns), ...lines];
}

/** How the question reached the person; by the agent's own reply, or as a message of ClawTask's. */
function questionText({ state, reason }: NonNullable<RunNode["asked"]>): string {
  if (state === "dismissed") return `no message of ClawTask's was needed${reason === null ? "" : `: ${reason}`}`;
  return `${state}${reason === null ? "" : `: ${reason}`}`;
}

function attemptText(one: ReturnType<typeof listAttempts>[number]): string {
  const ms = lengthMs(one.startedAt, one.endedAt);
  const how = `${one.status}${one.reason === null ? "" : ` (${one.reason})`}`;
  const words = one.message === null ? "" : `: ${one.message}`;
  return `${how}${ms === null ? "" : ` after ${formatDuration(ms)}`}${words}`;
}

function evidenceText(evidence: NonNullable<RunNode["evidence"]>): string {
  const bytes = evidence.reduce((sum, { size }) => sum + size, 0);
  return `${evidence.length} ${evidence.length === 1 ? "file" : "files"}, ${bytes} bytes: ${evidence.map(({ path }) => path).join(", ")}`;
}
