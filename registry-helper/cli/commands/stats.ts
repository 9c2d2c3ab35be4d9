import { formatDuration } from "../../model/duration.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { shortTime } from "../../model/time.ts";
import { stats } from "../../operations/runs/stats.ts";
import type { Percentiles, VersionStats } from "../../views/reports/run-stats.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { COLUMNS, table, wrap } from "../output/table.ts";

/** How the runs of a workflow went, version by version. */
export const statsCommand = defineCommand({
  command: "stats",
  positionals: [{ name: "workflow" }],
  options: [{ name: "since" }],
  run(context, input) {
    const { self } = context;
    const { document } = stats(toIndexedContext(context), input);
    const { workflowId, since, versions } = document;
    return {
      json: document,
      text: () =>
        versions.length === 0
          ? `no runs of ${workflowId}${since === null ? "" : ` since ${shortTime(since)}`}\n\n  ${self} list\n`
          : versions.map((version) => versionText(workflowId, version)).join("\n"),
    };
  },
});

function versionText(workflowId: string, version: VersionStats): string {
  const { runs, completed, failed, cancelled, open, completionRate, duration, retries, tokens, failures } = version;
  const rate = completionRate === null ? "" : ` (${Math.round(completionRate * 100)}% of what has ended)`;
  const counts = [
    `${completed} completed${rate}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(cancelled === 0 ? [] : [`${cancelled} cancelled`]),
    ...(open === 0 ? [] : [`${open} open`]),
  ];
  const lines = [
    plainLine(
      `${workflowId} ${version.version ?? "(made elsewhere)"}: ${runs} ${runs === 1 ? "run" : "runs"}`,
      COLUMNS,
    ),
    wrap(counts.join(", "), "  "),
    ...(duration === null ? [] : [`  time of completed runs: ${percentileText(duration)}`]),
    ...(retries === 0 ? [] : [`  ${retries} further ${retries === 1 ? "attempt" : "attempts"}`]),
    ...(tokens === null ? [] : [`  tokens, where known: ${tokens.input} in, ${tokens.output} out`]),
    ...failures.map(({ nodeId, reason, count }) => plainLine(`  failed: ${nodeId}, ${reason}: ${count}`, COLUMNS)),
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
  const nodes = table(["NODE", "TRIES", "AGAIN", "FAILED", "P50", "P90", "P99", "TOKENS"], rows);
  return `${lines.join("\n")}\n\n${nodes}`;
}

function percentileText({ p50, p90, p99 }: Percentiles): string {
  return `half within ${formatDuration(p50)}, 90% within ${formatDuration(p90)}, 99% within ${formatDuration(p99)}`;
}
