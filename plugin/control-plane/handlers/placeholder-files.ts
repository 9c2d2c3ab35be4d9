import { posix } from "node:path";
import type { RunNode } from "../../../registry-helper/internal.ts";

/** What OpenTask writes into the files of a node before anybody has worked on it: the last line of each. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  "plan.md": "Keep the plan scoped to this node; do not duplicate the global workflow here.",
  "findings.md": "Record node-local discoveries, source links, and intermediate conclusions here.",
  "progress.md": "Append concise node-local execution updates here when the node spans multiple steps.",
};

/** Whether a plan, findings or progress file says nothing yet: it is empty, or has only its heading and placeholder. */
export function isUntouched(node: RunNode, path: string, text: string): boolean {
  const name = posix.basename(path);
  const placeholder = PLACEHOLDERS[name];
  if (placeholder === undefined) return false;
  const body = text.trim();
  const heading = `# ${node.title} ${name.slice(0, -".md".length)}`;
  if (body === "" || body === heading) return true;
  return body.startsWith(heading) && body.endsWith(placeholder);
}
