import { posix } from "node:path";
import { ClawTaskError } from "../../../registry-helper/model/errors.ts";
import { parseJson, toJsonOutput } from "../../../registry-helper/model/json.ts";
import { insideRun } from "../../../registry-helper/model/relative-path.ts";
import type { RunNode } from "../../../registry-helper/model/run-documents.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { requireNode } from "../../../registry-helper/domain/run/state/find-node.ts";
import type { Handler } from "./handler.ts";
import { isUntouched } from "./placeholder-files.ts";
import { formatOf, readRunText, type TextFormat } from "./run-text-file.ts";
import { messageOf } from "../../../registry-helper/index.ts";

/** What a node left behind, as OpenTask's web UI shows it. */
export interface NodeDocument {
  path: string;
  label: string;
  category: Category;
  format: TextFormat;
  content: string;
  truncated: boolean;
}

type Category = "artifact" | "working_memory";

/** How much of a document is shown: bytes that make it be cut, and characters that are left then. */
const MOST_SHOWN = 12_000;
/** A JSON document is read whole, since it is indented anew; one that is larger is shown as it is. */
const MOST_JSON_BYTES = 1024 * 1024;
const SUMMARY = "nodes/summary/report.md";

const RANKS: Readonly<Record<string, number>> = {
  "report.md": 0,
  "findings.md": 2,
  "progress.md": 3,
  "plan.md": 4,
  "result.json": 5,
  "handoff.md": 6,
};
const LABELS: Readonly<Record<string, string>> = {
  "report.md": "Report",
  "findings.md": "Findings",
  "progress.md": "Progress",
  "plan.md": "Plan",
  "handoff.md": "Handoff",
  "result.json": "Result",
};

/** The texts of a node, in OpenTask's order and with its labels. What is missing or no text is left out. */
export const listNodeDocuments: Handler = ({ desk, params }) => {
  const { run, journal } = loadRun(desk.registry, params["runId"] ?? "");
  const node = requireNode(run.state, params["nodeId"] ?? "");
  const { folder } = journal.paths;
  const seen = new Set<string>();
  const documents: NodeDocument[] = [];
  for (const { path, category } of pathsOf(node)) {
    if (path === "" || seen.has(path)) continue;
    seen.add(path);
    requireInside(path);
    const mostBytes = formatOf(path) === "json" ? MOST_JSON_BYTES : 4 * (MOST_SHOWN + 1);
    const file = readRunText(desk.registry.fs, folder, path, mostBytes);
    if (file === "outside") throw outside(path);
    if (file === "missing" || file === "binary") continue;
    if (category === "working_memory" && isUntouched(node, path, file.text)) continue;
    documents.push(documentOf(path, category, file));
  }
  return { document: documents };
};

function documentOf(path: string, category: Category, file: { text: string; isCut: boolean }): NodeDocument {
  const format = formatOf(path);
  const text = format === "json" && !file.isCut ? indented(path, file.text) : file.text;
  const truncated = file.isCut || Buffer.byteLength(text) > MOST_SHOWN;
  const content = (truncated ? text.slice(0, MOST_SHOWN) : text).trim();
  return { path, label: labelOf(path, category), category, format, content, truncated };
}

/** A result that is no JSON must be seen, so it fails the whole answer, as in OpenTask. */
function indented(path: string, text: string): string {
  try {
    return toJsonOutput(parseJson(text));
  } catch (error) {
    throw new ClawTaskError("invalid_json", {
      message: `${path} is not valid JSON: ${messageOf(error)}`,
      next: "write it anew, such as with: clawtask result",
      cause: error,
    });
  }
}

function pathsOf({ artifactPaths, workingMemory }: RunNode): { path: string; category: Category }[] {
  const { findings, progress, plan, handoff } = workingMemory ?? {};
  const memory = [findings, progress, plan, handoff].flatMap((path) => path ?? []);
  return [
    ...artifactPaths.map((path) => ({ path, category: "artifact" as const })),
    ...memory.map((path) => ({ path, category: "working_memory" as const })),
  ].sort((one, other) => rankOf(one.path) - rankOf(other.path) || compare(one.path, other.path));
}

function rankOf(path: string): number {
  return path === SUMMARY ? 1 : (RANKS[posix.basename(path)] ?? 99);
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

export function labelOf(path: string, category: Category): string {
  if (path === SUMMARY) return "Summary";
  return LABELS[posix.basename(path)] ?? (category === "artifact" ? "Artifact" : "Plan");
}

/** OpenTask's text for a path that leads out; runs of its making may carry one. */
function requireInside(path: string): void {
  try {
    insideRun(path);
  } catch {
    throw outside(path);
  }
}

function outside(path: string): ClawTaskError {
  return new ClawTaskError("invalid_path", {
    message: `path escapes run directory: ${path}`,
    next: "only files inside the run are shown",
  });
}
