import { formatDuration } from "../../model/duration.ts";
import { shortTime, type Micros, parseMicros } from "../../model/time.ts";
import { list, LISTED_STATUSES, stats, timeline, compare } from "../../operations/runs/run-reports.ts";
import type { RunRow } from "../../views/index/run-rows.ts";
import type { NodeAspect, NodeComparison, NodeSide, RunComparison } from "../../views/reports/compare-runs.ts";
import type { PathVariant } from "../../views/reports/path-variants.ts";
import type { Percentiles } from "../../views/reports/percentiles.ts";
import type { VersionStats } from "../../views/reports/run-stats.ts";
import { TASK_GROUPINGS, type TaskGroupStats } from "../../views/reports/task-stats.ts";
import type { Timeline, TimelineSpan } from "../../views/reports/timeline.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { displayWidth, fitLine, padEnd, wrap } from "../output/layout.ts";
import { ago, table } from "../output/table.ts";

export const listCommand = defineCommand({
  command: "list",
  options: [
    { name: "status", choices: LISTED_STATUSES },
    { name: "workflow" },
    { name: "session" },
    { name: "since" },
    { name: "search" },
    { name: "archived", flag: true },
    LIMIT_OPTION,
  ],
  run(context, input) {
    const { registry, self, columns } = context;
    const { document } = list(toIndexedContext(context), input);
    const { runs } = document;
    return {
      json: document,
      text: () => {
        if (runs.length === 0) return `no runs in ${registry.root}\n\n  ${self} scaffold --help\n`;
        const now = registry.now();
        const rows = runs.map((run) => [
          run.runId,
          `${run.phase}${run.problem === null ? "" : "!"}${run.archivedAt === null ? "" : " (archived)"}`,
          `${run.done}/${run.total}`,
          ago(run.updatedAt, now),
          run.problem ?? `${runMarks(run)}${run.title ?? ""}`,
        ]);
        return table(["RUN", "STATUS", "DONE", "AGO", "TITLE"], rows, columns);
      },
    };
  },
});

/** What is not proven of a run stands before its title: whoever reads the list is not to take it for done. */
function runMarks({ unverified, bypassed }: Pick<RunRow, "unverified" | "bypassed">): string {
  const marks = [
    ...(unverified === 0 ? [] : [`${unverified} unverified`]),
    ...(bypassed === 0 ? [] : [`${bypassed} bypassed`]),
  ];
  return marks.length === 0 ? "" : `[${marks.join(", ")}] `;
}

/** How the runs of a workflow went, version by version, or how tasks went, by group. */
export const statsCommand = defineCommand({
  command: "stats",
  positionals: [{ name: "workflow", optional: true }],
  options: [{ name: "by", choices: TASK_GROUPINGS }, { name: "since" }],
  run(context, input) {
    const { self } = context;
    const { document } = stats(toIndexedContext(context), input);
    const { workflowId, since, versions, by, groups } = document;
    if (by !== null) return { json: document, text: () => groupsText(by, groups, context.columns) };
    return {
      json: document,
      text: () =>
        workflowId === null || versions.length === 0
          ? `no runs of ${workflowId ?? ""}${since === null ? "" : ` since ${shortTime(since)}`}\n\n  ${self} list\n`
          : versions.map((version) => versionText(workflowId, version, context.columns)).join("\n"),
    };
  },
});

function versionText(workflowId: string, version: VersionStats, columns: number): string {
  const { runs, completed, failed, cancelled, open, completionRate, duration, retries, tokens, failures } = version;
  const { unverified, bypassed } = version;
  const rate = completionRate === null ? "" : ` (${Math.round(completionRate * 100)}% of what has ended)`;
  const counts = [
    `${completed} completed${rate}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(cancelled === 0 ? [] : [`${cancelled} cancelled`]),
    ...(open === 0 ? [] : [`${open} open`]),
    ...(unverified === 0 ? [] : [`${unverified} unverified`]),
    ...(bypassed === 0 ? [] : [`${bypassed} ${bypassed === 1 ? "approval" : "approvals"} bypassed`]),
  ];
  const lines = [
    fitLine(`${workflowId} ${version.version ?? "(made elsewhere)"}: ${runs} ${runs === 1 ? "run" : "runs"}`, columns),
    wrap(counts.join(", "), "  ", columns),
    ...(duration === null ? [] : [`  time of completed runs: ${percentileText(duration)}`]),
    ...(retries === 0 ? [] : [`  ${retries} further ${retries === 1 ? "attempt" : "attempts"}`]),
    ...(tokens === null ? [] : [`  tokens, where known: ${tokens.input} in, ${tokens.output} out`]),
    ...failures.map(
      ({ nodeId, reason, count }) => `  ${fitLine(`failed: ${nodeId}, ${reason}: ${count}`, columns - 2)}`,
    ),
  ];
  const rows = version.nodes.map((node) => [
    node.nodeId,
    String(node.attempts),
    String(node.retries),
    String(node.failures),
    ...(node.duration === null
      ? ["-", "-", "-"]
      : [node.duration.p50, node.duration.p90, node.duration.p99].map(formatDuration)),
    node.tokens === null ? "-" : String(node.tokens.input + node.tokens.output),
  ]);
  const nodes = table(["NODE", "TRIES", "AGAIN", "FAILED", "P50", "P90", "P99", "TOKENS"], rows, columns);
  return `${lines.join("\n")}\n\n${nodes}\n${pathsText(version.paths, columns)}`;
}

/** Paths that are printed of one version; rarer ones are in the JSON. */
const MAX_PATHS = 5;

function pathsText(paths: readonly PathVariant[], columns: number): string {
  if (paths.length === 0) return "";
  const shown = paths.slice(0, MAX_PATHS).map((variant) => variantText(variant, columns));
  const rest = paths.length - MAX_PATHS;
  const more = rest > 0 ? [`  and ${rest} rarer ${rest === 1 ? "path" : "paths"} (--json)`] : [];
  return `${["paths taken", ...shown, ...more].join("\n")}\n`;
}

function variantText(
  { path, runs, share, completed, failed, cancelled, open, duration }: PathVariant,
  columns: number,
): string {
  const counts = { completed, failed, cancelled, open };
  const ends = Object.entries(counts).flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`]));
  const time = duration === null ? [] : [`half within ${formatDuration(duration.p50)}`];
  const head = `${runs} ${runs === 1 ? "run" : "runs"} (${Math.round(share * 100)}%): ${[...ends, ...time].join(", ")}`;
  const steps = path.map(({ nodeId, status, attempts }) => {
    const marks = [...(status === "completed" ? [] : [status]), ...(attempts > 1 ? [`${attempts} attempts`] : [])];
    return marks.length === 0 ? nodeId : `${nodeId} [${marks.join(", ")}]`;
  });
  const words = steps.length === 0 ? "nothing has begun" : steps.join(" > ");
  return `${wrap(head, "  ", columns)}\n${wrap(words, "    ", columns)}`;
}

/** Columns from which on all columns of the groups have room. */
const WIDE = 120;

/** How tasks went, by group, as a table. */
function groupsText(by: string, groups: readonly TaskGroupStats[], columns: number): string {
  if (groups.length === 0) return "no tasks\n";
  const isWide = columns >= WIDE;
  const ifWide = (...cells: string[]): string[] => (isWide ? cells : []);
  const rows = groups.map(({ name, title, tasks, successRate, failed, lost, duration, usage }) => [
    title === null || name === null ? (name ?? "(unknown)") : `${title} (${name})`,
    String(tasks),
    successRate === null ? "-" : `${Math.round(successRate * 100)}%`,
    ...ifWide(String(failed + lost)),
    duration === null ? "-" : formatDuration(duration.p50),
    ...ifWide(duration === null ? "-" : formatDuration(duration.p90)),
    usage === null ? "-" : shortCount(usage.input),
    ...ifWide(usage === null ? "-" : shortCount(usage.cached)),
    usage === null ? "-" : shortCount(usage.output),
    typeof usage?.costUsd === "number" ? `$${usage.costUsd.toFixed(2)}` : "-",
  ]);
  const head = [
    ...[by.toUpperCase(), "TASKS", "OK", ...ifWide("FAILED"), "P50", ...ifWide("P90"), "IN", ...ifWide("CACHED")],
    ...["OUT", "COST"],
  ];
  return table(head, rows, columns);
}

/** `1234567` as `1.2M`: a table has little room. */
function shortCount(count: number): string {
  if (count < 10_000) return String(count);
  return count < 1_000_000 ? `${Math.round(count / 1_000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

function percentileText({ p50, p90, p99 }: Percentiles): string {
  return `half within ${formatDuration(p50)}, 90% within ${formatDuration(p90)}, 99% within ${formatDuration(p99)}`;
}

/** What took how long in a run, and what made it take that long. */
export const timelineCommand = defineCommand({
  command: "timeline",
  positionals: [{ name: "run_id" }],
  run(context, input) {
    const { document } = timeline(context, input);
    const { runId, status, spans } = document;
    return {
      json: document,
      text: () =>
        spans.length === 0
          ? `nothing has begun in run ${runId}\n`
          : timelineText(document, `${runId}: ${status}`, context.columns),
    };
  },
});

const MAX_LABEL_LENGTH = 24;
/** Of a duration at the end of a line, with a space before it. */
const TIME_WIDTH = 8;

function timelineText(line: Timeline, title: string, columns: number): string {
  const labels = line.spans.map(formatSpanLabel);
  const labelWidth = Math.min(MAX_LABEL_LENGTH, Math.max(...labels.map(displayWidth)));
  const room = columns - labelWidth - 2 - TIME_WIDTH - 1;
  const from = parseMicros(line.startedAt) ?? 0;
  // Microseconds per column.
  const scale = Math.max(1, (line.ms * 1000) / room);
  const rows = line.spans.map((span, index) => {
    const label = padEnd(fitLine(labels[index] ?? "", labelWidth), labelWidth);
    return `${label}  ${formatBar(span, { from, scale, room })} ${formatDuration(span.ms).padStart(TIME_WIDTH)}`;
  });
  const end = line.endedAt === null ? "goes on" : shortTime(line.endedAt);
  return [
    fitLine(`${title}, ${formatDuration(line.ms)} (${shortTime(line.startedAt)} to ${end})`, columns),
    "",
    ...rows,
    "",
    wrap(`critical path: ${line.criticalPath.join(" > ")}`, "", columns),
    "# critical  = other work  . ready, not begun  x failed  > goes on",
    "",
  ].join("\n");
}

function formatSpanLabel({ nodeId, attempt }: TimelineSpan): string {
  return attempt === 1 ? nodeId : `${nodeId} (${attempt})`;
}

function formatBar(span: TimelineSpan, place: { from: Micros; scale: number; room: number }): string {
  const { from, scale, room } = place;
  const column = (at: string): number =>
    Math.min(room - 1, Math.max(0, Math.floor(((parseMicros(at) ?? from) - from) / scale)));
  const ready = column(span.readyAt);
  const start = column(span.startedAt);
  const last = span.endedAt === null ? room - 1 : Math.max(start, column(span.endedAt) - 1);
  const body = (span.isCritical ? "#" : "=").repeat(last - start);
  const endings: Record<string, string> = { failed: "x", running: ">", waiting: ">" };
  const tip = endings[span.status] ?? (span.isCritical ? "#" : "=");
  return `${" ".repeat(ready)}${".".repeat(start - ready)}${body}${tip}`.padEnd(room);
}

/** Two runs side by side, what differs first. */
export const compareCommand = defineCommand({
  command: "compare",
  positionals: [{ name: "run_a" }, { name: "run_b" }],
  run(context, input) {
    const { document } = compare(context, input);
    return { json: document, text: () => comparisonText(document, context.columns) };
  },
});

function comparisonText({ a, b, isSameVersion, params, nodes }: RunComparison, columns: number): string {
  const differing = nodes.filter(({ differs }) => differs.length > 0);
  const same = nodes.filter(({ differs }) => differs.length === 0);
  const version = (side: typeof a): string => `${side.workflowId} ${side.workflowVersion ?? "-"}`;
  const rows: string[][] = [
    ["(run)", "status", a.status, b.status],
    ...(isSameVersion ? [] : [["(run)", "workflow", version(a), version(b)]]),
    ...params.map((param) => ["(run)", param.name, JSON.stringify(param.a), JSON.stringify(param.b)]),
    ["(run)", "time", formatOptionalDuration(a.ms), formatOptionalDuration(b.ms)],
    ["(run)", "attempts", String(a.attempts), String(b.attempts)],
    ...(a.skipped.join() === b.skipped.join()
      ? []
      : [["(run)", "left out", a.skipped.join(", ") || "-", b.skipped.join(", ") || "-"]]),
    ...differing.flatMap(nodeRows),
  ];
  const sameLines = same.map(
    ({ nodeId, a: one, b: other }) =>
      `${nodeId} (${formatOptionalDuration(one?.ms)} : ${formatOptionalDuration(other?.ms)})`,
  );
  const order = a.path.join() === b.path.join() ? [] : [pathText(a, columns), pathText(b, columns)];
  return [
    fitted(["NODE", "WHAT", a.runId, b.runId], rows, columns),
    ...(sameLines.length === 0 ? [] : [`${wrap(`the same: ${sameLines.join(", ")}`, "", columns)}\n`]),
    ...(order.length === 0 ? [] : [`${order.join("\n")}\n`]),
  ].join("\n");
}

function pathText({ runId, path }: RunComparison["a"], columns: number): string {
  return wrap(`${runId}: ${path.length === 0 ? "nothing was done" : path.join(" > ")}`, "", columns);
}

/** Both sides get the same room. */
function fitted(header: readonly string[], rows: readonly string[][], columns: number): string {
  const most = Math.floor(columns * 0.4);
  const before = [0, 1].map((column) =>
    Math.max(...[header, ...rows].map((row) => displayWidth(row[column] ?? "")).filter((width) => width <= most)),
  );
  const room = Math.max(10, Math.floor((columns - before.reduce((sum, one) => sum + one + 2, 0) - 2) / 2));
  const cut = ([node = "", what = "", ...sides]: readonly string[]): string[] => [
    node,
    what,
    ...sides.map((side) => fitLine(side, room)),
  ];
  return table(cut(header), rows.map(cut), columns);
}

function nodeRows({ nodeId, differs, a, b }: NodeComparison): string[][] {
  const rows = differs.map((aspect, index) => [index === 0 ? nodeId : "", aspect, cell(aspect, a), cell(aspect, b)]);
  return a === null || b === null
    ? rows
    : [...rows, ["", "time", formatOptionalDuration(a.ms), formatOptionalDuration(b.ms)]];
}

function cell(aspect: NodeAspect, side: NodeSide | null): string {
  if (side === null) return "(not there)";
  switch (aspect) {
    case "missing":
    case "status":
      return side.status;
    case "reason":
      return side.reason ?? "-";
    case "answer":
      return side.answer === null ? "-" : [side.answer.choice, side.answer.words ?? ""].join(" ").trim();
    case "bypassed":
      return side.bypassed ?? "-";
    case "output":
      return side.output === null ? "-" : JSON.stringify(side.output);
    case "evidence":
      return evidenceCell(side);
    case "attempts":
      return String(side.attempts);
  }
}

function evidenceCell({ evidence, missingArtifacts }: NodeSide): string {
  const missing = missingArtifacts.length === 0 ? [] : [`unverified, without ${missingArtifacts.join(", ")}`];
  return [...missing, ...evidence.map(fileText)].join(", ") || "-";
}

/** The hash says whether two files are the same; its beginning is enough for the eye. */
function fileText({ path, size, sha256 }: NodeSide["evidence"][number]): string {
  return `${sha256?.slice(0, 8) ?? `${size} bytes`} ${path.split("/").at(-1) ?? path}`;
}

function formatOptionalDuration(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "-" : formatDuration(ms);
}
