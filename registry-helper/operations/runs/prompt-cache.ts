import { fillPlaceholders } from "../../domain/workflow/params.ts";
import { parseRecordedWorkflow } from "../../domain/workflow/parse-workflow.ts";
import { pick as pickSpawnSettings, readSpawnSettings } from "../../domain/workflow/spawn-settings.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { isJsonObject, toJsonFile } from "../../model/json.ts";
import { MAX_WORKFLOW_BYTES } from "../../model/limits.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { SpawnSettings } from "../../model/spawn-settings.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { getErrno, FILE_MODE, type FileSystem, readText } from "../../storage/file-system.ts";
import type { RunPaths } from "../../storage/run-paths.ts";
import { parseObject } from "../../storage/run-projections.ts";

/** What a run needs of its workflow file while it is driven. */
export interface WorkflowFacts {
  /** The prompt of each node, with the run's parameters filled in. */
  prompts: Map<string, string>;
  /** How the child of each node is to be started, for those that say so. */
  spawn: Map<string, SpawnSettings>;
}

interface RecordedFacts {
  prompts: [string, string][];
  spawn: [string, SpawnSettings][];
}

/**
 * `prompts.json`: the prompts of `workflow.lock.md` and how its children are started, so that a command that shows them
 * need not load a YAML parser. It says for which file it stands, by size and time; when that is another one now, or it is
 * not there (an older run, a run of another maker, a copy), they are read from the file itself. A workflow that says
 * nothing of it has none.
 */
export function writePrompts(fs: FileSystem, paths: RunPaths, definition: WorkflowDefinition): void {
  const { prompts, spawn } = toFacts(definition);
  if (prompts.length === 0 && spawn.length === 0) return;
  const file = {
    of: getWorkflowStamp(fs, paths),
    prompts: Object.fromEntries(prompts),
    ...(spawn.length === 0 ? {} : { spawn: Object.fromEntries(spawn.map(([id, settings]) => [id, { ...settings }])) }),
  };
  fs.writeFileSync(paths.prompts, toJsonFile(file), { mode: FILE_MODE });
}

function toFacts(definition: WorkflowDefinition): RecordedFacts {
  return {
    prompts: definition.nodes.flatMap(({ id, prompt }) => (prompt === undefined ? [] : [[id, prompt]])),
    spawn: [...readSpawnSettings(definition)],
  };
}

/** What the workflow of a run says of its nodes, with the run's parameters filled in. */
export function loadWorkflowFacts({ fs }: { fs: FileSystem }, paths: RunPaths, run: RunDocument): WorkflowFacts {
  const { prompts, spawn } = projected(fs, paths) ?? parsed(fs, paths);
  const fill = (text: string): string => fillPlaceholders(text, run.state.params);
  const filled = ({ model, cwd, ...rest }: SpawnSettings): SpawnSettings => ({
    ...rest,
    ...(model === undefined ? {} : { model: fill(model) }),
    ...(cwd === undefined ? {} : { cwd: fill(cwd) }),
  });
  return {
    prompts: new Map(prompts.map(([id, prompt]) => [id, fill(prompt)])),
    spawn: new Map(spawn.map(([id, settings]) => [id, filled(settings)])),
  };
}

/** The prompt of each node, with the run's parameters filled in. */
export function loadPrompts(of: { fs: FileSystem }, paths: RunPaths, run: RunDocument): Map<string, string> {
  return loadWorkflowFacts(of, paths, run).prompts;
}

function getWorkflowStamp(fs: FileSystem, paths: RunPaths): string {
  const { size, mtimeMs } = fs.statSync(paths.workflowLock);
  return `${size} ${Math.floor(mtimeMs)}`;
}

function projected(fs: FileSystem, paths: RunPaths): RecordedFacts | undefined {
  let file: ReturnType<typeof parseObject>;
  try {
    file = parseObject(readText(fs, paths.prompts));
    if (file === undefined || file["of"] !== getWorkflowStamp(fs, paths)) return undefined;
  } catch (error) {
    if (getErrno(error) === "ENOENT") return undefined;
    throw error;
  }
  const { prompts, spawn = {} } = file;
  if (!isJsonObject(prompts) || !isJsonObject(spawn)) return undefined;
  return {
    prompts: Object.entries(prompts).flatMap(([id, prompt]) => (typeof prompt === "string" ? [[id, prompt]] : [])),
    spawn: Object.entries(spawn).map(([id, settings]) => [id, pickSpawnSettings(settings)]),
  };
}

/** A run of another maker may have a file that we cannot read. */
function parsed(fs: FileSystem, paths: RunPaths): RecordedFacts {
  try {
    const text = readText(fs, paths.workflowLock, { maxBytes: MAX_WORKFLOW_BYTES });
    if (!MAY_SAY_SOMETHING.test(text)) return { prompts: [], spawn: [] };
    return toFacts(parseRecordedWorkflow(text, paths.workflowLock));
  } catch (error) {
    if (!isClawTaskError(error) && getErrno(error) !== "ENOENT") throw error;
    return { prompts: [], spawn: [] };
  }
}

/** Words without which a file needs no parser. */
const MAY_SAY_SOMETHING = /prompt|agentId|model|thinking|cwd|runTimeoutSeconds|sessionKey/;
