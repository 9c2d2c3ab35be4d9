import { fillPlaceholders } from "../../domain/workflow/params.ts";
import { parseRecordedWorkflow } from "../../domain/workflow/parse-workflow.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { isJsonObject, toJsonFile } from "../../model/json.ts";
import { MAX_WORKFLOW_BYTES } from "../../model/limits.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { getErrno, FILE_MODE, type FileSystem, readText } from "../../storage/file-system.ts";
import type { RunPaths } from "../../storage/run-paths.ts";
import { parseObject } from "../../storage/run-projections.ts";

/**
 * `prompts.json`: the prompts of `workflow.lock.md`, so that a command that shows one need not load a YAML parser. It
 * says for which file it stands, by size and time; when that is another one now, or it is not there (an older run, a
 * run of another maker, a copy), the prompts are read from the file itself. A workflow without prompts has none.
 */
export function writePrompts(fs: FileSystem, paths: RunPaths, definition: WorkflowDefinition): void {
  const prompts = Object.fromEntries(
    definition.nodes.flatMap(({ id, prompt }) => (prompt === undefined ? [] : [[id, prompt]])),
  );
  if (Object.keys(prompts).length === 0) return;
  fs.writeFileSync(paths.prompts, toJsonFile({ of: getWorkflowStamp(fs, paths), prompts }), { mode: FILE_MODE });
}

/** The prompt of each node, with the run's parameters filled in. */
export function loadPrompts({ fs }: { fs: FileSystem }, paths: RunPaths, run: RunDocument): Map<string, string> {
  const prompts = projected(fs, paths) ?? parsed(fs, paths);
  return new Map(prompts.map(([id, prompt]) => [id, fillPlaceholders(prompt, run.state.params)]));
}

function getWorkflowStamp(fs: FileSystem, paths: RunPaths): string {
  const { size, mtimeMs } = fs.statSync(paths.workflowLock);
  return `${size} ${Math.floor(mtimeMs)}`;
}

function projected(fs: FileSystem, paths: RunPaths): [string, string][] | undefined {
  let file: ReturnType<typeof parseObject>;
  try {
    file = parseObject(readText(fs, paths.prompts));
    if (file === undefined || file["of"] !== getWorkflowStamp(fs, paths)) return undefined;
  } catch (error) {
    if (getErrno(error) === "ENOENT") return undefined;
    throw error;
  }
  const { prompts } = file;
  if (!isJsonObject(prompts)) return undefined;
  return Object.entries(prompts).flatMap(([id, prompt]) => (typeof prompt === "string" ? [[id, prompt]] : []));
}

/** A run of another maker may have a file that we cannot read. */
function parsed(fs: FileSystem, paths: RunPaths): [string, string][] {
  try {
    const text = readText(fs, paths.workflowLock, { maxBytes: MAX_WORKFLOW_BYTES });
    if (!text.includes("prompt")) return [];
    const { nodes } = parseRecordedWorkflow(text, paths.workflowLock);
    return nodes.flatMap(({ id, prompt }) => (prompt === undefined ? [] : [[id, prompt]]));
  } catch (error) {
    if (!isClawTaskError(error) && getErrno(error) !== "ENOENT") throw error;
    return [];
  }
}
