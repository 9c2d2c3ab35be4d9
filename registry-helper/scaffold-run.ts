import { randomBytes } from "node:crypto";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { digestOf } from "./commit.ts";
import { errnoOf, FILE_MODE, type FileSystem, flushFolder, FOLDER_MODE } from "./journal/file-system.ts";
import { appendLines } from "./journal/journal-file.ts";
import { addKey } from "./journal/key-index.ts";
import { type RunPaths, runPaths, runPathsIn } from "./journal/paths.ts";
import { refsFileText, stateFileText } from "./journal/run-files.ts";
import { RunJournal } from "./journal/run-journal.ts";
import { storageError } from "./journal/storage-errors.ts";
import { ClawTaskError, isClawTaskError } from "./model/errors.ts";
import { requireSafeId } from "./model/ids.ts";
import { type JsonObject, toJsonLine } from "./model/json.ts";
import type { RunDocument } from "./model/run-documents.ts";
import type { RunEvent } from "./model/run-events.ts";
import { formatMicros } from "./model/time.ts";
import type { WorkflowDefinition } from "./model/workflow-schema.ts";
import { placeNode } from "./place-node.ts";
import type { Registry } from "./registry.ts";
import { writePrompts } from "./run-prompts.ts";
import { runAggregate } from "./run/aggregate.ts";
import { planRun, type RunRequest } from "./run/plan-run.ts";
import { resolveParams } from "./workflow/params.ts";
import { parseSpec, parseWorkflow } from "./workflow/parse-workflow.ts";

export interface ScaffoldRequest extends RunRequest {
  /** Relative to the registry root, or absolute below it. */
  workflowPath: string;
  /** A JSON spec that takes the place of the front matter; its path is relative to the current directory. */
  specFile?: string | undefined;
  key?: string | undefined;
  /** Values for the workflow's parameters, as given. */
  params?: JsonObject | undefined;
}

export interface Scaffolded {
  runId: string;
  /** Relative to the registry root, with forward slashes. */
  workflowPath: string;
  runPath: string;
  readyNodes: string[];
  replayed: boolean;
}

/**
 * Creates a run. It is built in a folder of its own and moved into place in one step, so a run exists whole
 * or not at all, and a command that was killed half-way can simply be repeated (B8).
 *
 * @throws ClawTaskError `workflow_not_found` | `workflow_invalid` | `run_exists` | `invalid_id` | ...
 */
export function scaffoldRun(registry: Registry, request: ScaffoldRequest): Scaffolded {
  const { fs, root } = registry;
  requireSafeId(request.runId, "run id");
  const workflow = locateWorkflow(fs, root, request.workflowPath);
  const text = readWorkflow(fs, workflow.absolute);
  const definition =
    request.specFile === undefined ? parseWorkflow(text, workflow.relative) : readSpec(fs, request.specFile);
  const { key, ...identity } = request;
  const digest = digestOf({ ...identity, definition });

  const paths = runPaths(root, request.runId);
  if (fs.existsSync(paths.folder)) return existingRun(registry, request, workflow.relative, digest);

  const events = firstEvents({
    registry,
    request,
    definition,
    workflowPath: workflow.relative,
    mark: key === undefined ? undefined : { key, digest },
  });
  try {
    fs.mkdirSync(join(root, "runs"), { recursive: true, mode: FOLDER_MODE });
    const staging = join(root, ".staging", `${request.runId}-${process.pid}-${randomBytes(4).toString("hex")}`);
    try {
      stageRun(fs, staging, { events, definition, workflowText: text.replaceAll("\r\n", "\n") });
      moveIntoPlace(fs, staging, paths);
    } catch (error) {
      fs.rmSync(staging, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    // The same command, sent twice at once, with a key: the second gets the answer of the first.
    if (key !== undefined && isClawTaskError(error) && error.code === "run_exists")
      return existingRun(registry, request, workflow.relative, digest);
    throw storageError(error, `run ${request.runId}`);
  }
  return answer(request.runId, workflow.relative, events, false);
}

function answer(runId: string, workflowPath: string, events: readonly RunEvent[], replayed: boolean): Scaffolded {
  const readyNodes = events.filter((event) => event.event === "node.ready").map((event) => event.nodeId ?? "");
  return { runId, workflowPath, runPath: `runs/${runId}`, readyNodes, replayed };
}

function existingRun(registry: Registry, request: ScaffoldRequest, workflowPath: string, digest: string): Scaffolded {
  const { key } = request;
  if (key !== undefined) {
    const journal = new RunJournal({ fs: registry.fs, root: registry.root, runId: request.runId });
    const earlier = journal.transact((transaction) => transaction.findOperation(key));
    if (earlier?.digest === digest) return answer(request.runId, workflowPath, earlier.events, true);
  }
  throw new ClawTaskError("run_exists", {
    message: `run already exists: ${request.runId}`,
    next: `go on with it: next ${request.runId}, or choose another --run-id`,
  });
}

function locateWorkflow(fs: FileSystem, root: string, path: string): { absolute: string; relative: string } {
  const outside = (): ClawTaskError =>
    new ClawTaskError("invalid_path", {
      message: `workflow path must lie inside the registry: ${path}`,
      next: `copy the file to ${join(root, "workflows")} and name it as workflows/<name>.task.md`,
    });
  const cleaned = path.trim().replaceAll("\\", "/").replace(/^\.\//, "");
  if (cleaned === "" || cleaned.includes("\0")) throw outside();
  const absolutePath = isAbsolute(cleaned) ? resolve(cleaned) : resolve(root, cleaned);
  const inside = (candidate: string): string | undefined => {
    const below = relative(root, candidate);
    return below === "" || below.startsWith("..") || isAbsolute(below) ? undefined : below.split(sep).join("/");
  };
  if (!fs.existsSync(absolutePath)) {
    if (inside(absolutePath) === undefined) throw outside();
    throw new ClawTaskError("workflow_not_found", {
      message: `workflow not found: ${absolutePath}`,
      next: `write it there first; workflows live in ${join(root, "workflows")}`,
    });
  }
  const real = fs.realpathSync(absolutePath);
  const below = inside(real);
  if (below === undefined) throw outside();
  return { absolute: real, relative: below };
}

function readWorkflow(fs: FileSystem, path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) !== "EISDIR") throw storageError(error, path);
    throw new ClawTaskError("workflow_not_found", {
      message: `workflow not found: ${path} is a folder`,
      next: "name the file itself",
    });
  }
}

function readSpec(fs: FileSystem, path: string): WorkflowDefinition {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    throw new ClawTaskError("workflow_not_found", {
      message: `spec file not found: ${path}`,
      next: "give its path from the current directory",
      cause: error,
    });
  }
  return parseSpec(text, path);
}

function firstEvents(options: {
  registry: Registry;
  request: ScaffoldRequest;
  definition: WorkflowDefinition;
  workflowPath: string;
  mark: { key: string; digest: string } | undefined;
}): RunEvent[] {
  const { registry, mark, workflowPath } = options;
  const now = registry.now();
  const params = resolveParams(options.definition.params ?? {}, options.request.params ?? {});
  const snapshot = planRun(options.definition, { ...options.request, params }, formatMicros(now));
  const drafts = runAggregate.decide(undefined, { type: "create", snapshot, workflowPath }, { now });
  const events: RunEvent[] = [];
  let state: RunDocument | undefined;
  for (const draft of drafts) {
    const operation = mark && events.length === 0 ? { ...mark, span: drafts.length } : undefined;
    const event = runAggregate.stamp(draft, {
      state,
      seq: events.length + 1,
      now,
      ...(operation ? { operation } : {}),
    });
    state = runAggregate.evolve(state, event);
    events.push(event);
  }
  return events;
}

/** Builds the whole run folder, flushed, where no reader looks. */
function stageRun(
  fs: FileSystem,
  staging: string,
  run: { events: readonly RunEvent[]; definition: WorkflowDefinition; workflowText: string },
): void {
  const { events, definition, workflowText } = run;
  const paths = runPathsIn(staging);
  fs.mkdirSync(paths.nodes, { recursive: true, mode: FOLDER_MODE });
  const document = events.reduce<RunDocument | undefined>(
    (state, event) => runAggregate.evolve(state, event),
    undefined,
  );
  if (document === undefined) throw new Error("a run without its first event");
  for (const node of document.state.nodes) placeNode(fs, paths, node);
  fs.writeFileSync(paths.workflowLock, workflowText, { mode: FILE_MODE, flush: true });
  writePrompts(fs, paths, definition);
  fs.writeFileSync(paths.control, "", { mode: FILE_MODE });
  const lines = events.map((event) => `${toJsonLine(event)}\n`).join("");
  const bytes = appendLines({ fs, path: paths.events, expectedSize: 0, lines });
  const key = events[0]?.key;
  if (key !== undefined) addKey(fs, paths.keys, key, 0);
  fs.writeFileSync(paths.refs, refsFileText(document.refs), { mode: FILE_MODE });
  const mark = { seq: events.length, bytes, keys: key === undefined ? 0 : 1 };
  fs.writeFileSync(paths.state, stateFileText(document.state, mark), { mode: FILE_MODE });
  flushFolder(fs, paths.folder);
}

function moveIntoPlace(fs: FileSystem, staging: string, paths: RunPaths): void {
  try {
    fs.renameSync(staging, paths.folder);
  } catch (error) {
    if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    throw new ClawTaskError("run_exists", {
      message: `run already exists: ${paths.folder.split(sep).at(-1) ?? ""}`,
      next: "another command made it at the same moment; choose another --run-id",
    });
  }
  flushFolder(fs, join(paths.folder, ".."));
}
