import { formatDuration } from "../../model/duration.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { compare } from "../../operations/runs/compare.ts";
import type { NodeAspect, NodeComparison, NodeSide, RunComparison } from "../../views/reports/compare-runs.ts";
import { defineCommand } from "../define-command.ts";
import { COLUMNS, table, wrap } from "../output/table.ts";

/** Two runs side by side, what differs first. */
export const compareCommand = defineCommand({
  command: "compare",
  positionals: [{ name: "run_a" }, { name: "run_b" }],
  run(context, input) {
    const { document } = compare(context, input);
    return { json: document, text: () => comparisonText(document) };
  },
});

function comparisonText({ a, b, isSameVersion, params, nodes }: RunComparison): string {
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
  const order = a.path.join() === b.path.join() ? [] : [pathText(a), pathText(b)];
  return [
    fitted(["NODE", "WHAT", a.runId, b.runId], rows),
    ...(sameLines.length === 0 ? [] : [`${wrap(`the same: ${sameLines.join(", ")}`, "")}\n`]),
    ...(order.length === 0 ? [] : [`${order.join("\n")}\n`]),
  ].join("\n");
}

function pathText({ runId, path }: RunComparison["a"]): string {
  return wrap(`${runId}: ${path.length === 0 ? "nothing was done" : path.join(" > ")}`, "");
}

/** Both sides get the same room. */
function fitted(header: readonly string[], rows: readonly string[][]): string {
  const before = [0, 1].map((column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length)));
  const room = Math.max(10, Math.floor((COLUMNS - before.reduce((sum, one) => sum + one + 2, 0) - 2) / 2));
  const cut = ([node = "", what = "", ...sides]: readonly string[]): string[] => [
    node,
    what,
    ...sides.map((side) => plainLine(side, room)),
  ];
  return table(cut(header), rows.map(cut));
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
    case "output":
      return side.output === null ? "-" : JSON.stringify(side.output);
    case "evidence":
      return side.evidence.length === 0 ? "-" : side.evidence.map(fileText).join(", ");
    case "attempts":
      return String(side.attempts);
  }
}

/** The hash says whether two files are the same; its beginning is enough for the eye. */
function fileText({ path, size, sha256 }: NodeSide["evidence"][number]): string {
  return `${sha256?.slice(0, 8) ?? `${size} bytes`} ${path.split("/").at(-1) ?? path}`;
}

function formatOptionalDuration(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "-" : formatDuration(ms);
}
