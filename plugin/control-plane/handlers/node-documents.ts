import { posix } from "node:path";
import {
  ClawTaskError,
  loadRun,
  normalizeRunPath,
  parseJsonInput,
  requireNode,
  type RunNode,
  toJsonOutput,
} from "../../../registry-helper/internal.ts";
import type { Handler } from "./handler.ts";
import { isUntouched } from "./placeholder-files.ts";
import { getTextFormat, readRunText, type TextFormat } from "./run-text-file.ts";

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
const MAX_CONTENT_LENGTH = 12_000;
/** A JSON document is read whole, since it is indented anew; one that is larger is shown as it is. */
const MAX_JSON_BYTES = 1024 * 1024;
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
export const listNodeDocuments: Handler = ({ context, params }) => {
  const { run, journal } = loadRun(context.registry, params["runId"] ?? "");
  const node = requireNode(run.state, params["nodeId"] ?? "");
  const { folder } = journal.paths;
  const seen = new Set<string>();
  const documents: NodeDocument[] = [];
  for (const { path, category } of listDocumentPaths(node)) {
    if (path === "" || seen.has(path)) continue;
    seen.add(path);
    requireInside(path);
    const maxBytes = getTextFormat(path) === "json" ? MAX_JSON_BYTES : 4 * (MAX_CONTENT_LENGTH + 1);
    const file = readRunText(context.registry.fs, folder, path, maxBytes);
    if (file === "outside") throw outside(path);
    if (file === "missing" || file === "binary") continue;
    if (category === "working_memory" && isUntouched(node, path, file.text)) continue;
    documents.push(toDocument(path, category, file));
  }
  return { document: documents };
};

function toDocument(path: string, category: Category, file: { text: string; isTruncated: boolean }): NodeDocument {
  const format = getTextFormat(path);
  const text = format === "json" && !file.isTruncated ? indentJson(path, file.text) : file.text;
  const truncated = file.isTruncated || Buffer.byteLength(text) > MAX_CONTENT_LENGTH;
  const content = (truncated ? text.slice(0, MAX_CONTENT_LENGTH) : text).trim();
  return { path, label: getDocumentLabel(path, category), category, format, content, truncated };
}

/** A result that is no JSON must be seen, so it fails the whole answer, as in OpenTask. */
function indentJson(path: string, text: string): string {
  return toJsonOutput(parseJsonInput(path, text, "write the file again as valid JSON"));
}

function listDocumentPaths({ artifactPaths, workingMemory }: RunNode): { path: string; category: Category }[] {
  const { findings, progress, plan, handoff } = workingMemory ?? {};
  const memory = [findings, progress, plan, handoff].flatMap((path) => path ?? []);
  return [
    ...artifactPaths.map((path) => ({ path, category: "artifact" as const })),
    ...memory.map((path) => ({ path, category: "working_memory" as const })),
  ].sort((one, other) => getRank(one.path) - getRank(other.path) || compare(one.path, other.path));
}

function getRank(path: string): number {
  return path === SUMMARY ? 1 : (RANKS[posix.basename(path)] ?? 99);
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

export function getDocumentLabel(path: string, category: Category): string {
  if (path === SUMMARY) return "Summary";
  return LABELS[posix.basename(path)] ?? (category === "artifact" ? "Artifact" : "Plan");
}

/** OpenTask's text for a path that leads out; runs of its making may carry one. */
function requireInside(path: string): void {
  try {
    normalizeRunPath(path);
  } catch {
    throw outside(path);
  }
}

function outside(path: string): ClawTaskError {
  return new ClawTaskError("invalid_path", {
    message: `path escapes run directory: ${path}`,
    remedy: { hint: "only files inside the run are shown" },
  });
}
