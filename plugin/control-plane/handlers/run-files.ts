import { join } from "node:path";
import {
  ClawTaskError,
  existingRunPaths,
  filesBelow,
  normalizeRunPath,
  suggest,
} from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";
import { type Handler, getText } from "./handler.ts";
import { getDocumentLabel } from "./node-documents.ts";
import { getTextFormat, readRunText } from "./run-text-file.ts";

/** How much of a file is shown, in bytes. */
const MAX_FILE_BYTES = 256 * 1024;
const MAX_LISTED_FILES = 5_000;

/** Files that nodes left in the run's folder. */
export const listRunFiles: Handler = ({ context: { registry }, params }) => {
  const { fs, root } = registry;
  const { folder } = existingRunPaths(fs, root, params["runId"] ?? "");
  const all = filesBelow(fs, folder).filter(isShown);
  const files = all.slice(0, MAX_LISTED_FILES).map((path) => ({ path, size: fs.statSync(join(folder, path)).size }));
  return { document: { files, truncated: all.length > MAX_LISTED_FILES } };
};

/** One text file of a run. */
export const getRunFile: Handler = ({ context: { registry }, params, query }) => {
  const { fs, root } = registry;
  const runId = params["runId"] ?? "";
  const { folder } = existingRunPaths(fs, root, runId);
  const path = normalizeRunPath(getText(query, "path") ?? "");
  if (!isShown(path))
    throw new ClawTaskError("invalid_path", {
      message: `${path} is a record of the run itself`,
      remedy: { hint: `GET /api/runs/${runId}/journal`, scope: "api" },
    });
  const file = readRunText(fs, folder, path, MAX_FILE_BYTES);
  if (file === "outside")
    throw new ClawTaskError("invalid_path", { message: `path must not escape the run directory: ${path}` });
  if (file === "missing")
    throw new ApiProblem("file_not_found", {
      detail: `no such file in run ${runId}: ${path}`,
      remedy: { commands: [suggest("show", runId)] },
    });
  if (file === "binary") throw new ApiProblem("file_not_text", { detail: `${path} is not a text file` });
  const { text: content, size, isTruncated: truncated } = file;
  return {
    document: {
      path,
      label: getDocumentLabel(path, "artifact"),
      format: getTextFormat(path),
      content,
      truncated,
      size,
    },
  };
};

/** The journal and its projections have routes of their own; the lock and unfinished files are nobody's business. */
function isShown(path: string): boolean {
  const [top = ""] = path.split("/");
  return !/^(\.|events\.|keys\.idx|control\.jsonl|(state|refs|prompts)\.json)/.test(top);
}
