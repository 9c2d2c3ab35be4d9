import { join, resolve } from "node:path";
import { runAggregate } from "../../domain/run/aggregate.ts";
import { planRun, type RunRequest } from "../../domain/run/decide/plan-run.ts";
import { resolveParams } from "../../domain/workflow/params.ts";
import { parseSpec, parseWorkflow } from "../../domain/workflow/parse-workflow.ts";
import { ClawTaskError, isClawTaskError, usageError } from "../../model/errors.ts";
import { requireSafeId } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { MAX_JSON_FILE_BYTES, MAX_WORKFLOW_BYTES } from "../../model/limits.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { formatMicros } from "../../model/time.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { digestCommand } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, isFolder, readText } from "../../storage/file-system.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { locateWorkflowFile } from "../../storage/workflow-paths.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { findPriorCreation, createRunFolder, stampInitialEvents } from "./create-run-folder.ts";
import { advanceRun, type RunSteps, type StepsDocument, toStepsDocument } from "./next-steps.ts";
import { waking } from "./waking.ts";

export interface ScaffoldRequest extends RunRequest {
  /** Relative to the registry root, or absolute below it. */
  workflowPath: string;
  /** A JSON spec that takes the place of the front matter; its path is relative to the current directory. */
  specFile?: string | undefined;
  key?: string | undefined;
  /** Values for the workflow's parameters, as given. */
  params?: JsonObject | undefined;
  /** Takes what is allowed in the workflow but hardly meant, such as an unknown key, for an error. */
  strict?: boolean | undefined;
}

export interface Scaffolded {
  runId: string;
  /** Relative to the registry root, with forward slashes. */
  workflowPath: string;
  runPath: string;
  readyNodes: string[];
  replayed: boolean;
  /** What is allowed in the workflow but hardly meant. */
  warnings: string[];
}

/**
 * Creates a run. It is built in a folder of its own and moved into place in one step, so a run exists whole
 * or not at all, and a command that was killed half-way can simply be repeated (B8).
 *
 * @throws ClawTaskError `workflow_not_found` | `workflow_invalid` | `run_exists` | `invalid_id` | ...
 */
export function scaffoldRun(registry: Registry, request: ScaffoldRequest, cwd = process.cwd()): Scaffolded {
  const { fs, root } = registry;
  requireSafeId(request.runId, "run id");
  const workflow = locateWorkflow(fs, root, request.workflowPath);
  const text = readWorkflow(fs, workflow.absolute);
  const warnings: string[] = [];
  const definition =
    request.specFile === undefined
      ? parseWorkflow(text, workflow.relative, (one) => warnings.push(one))
      : readSpec(fs, request.specFile, { cwd, warn: (one) => warnings.push(one) });
  const { key, strict = false, ...identity } = request;
  if (strict && warnings.length > 0) throw strictError(workflow.relative, warnings);
  const digest = key === undefined ? "" : digestCommand({ ...identity, definition });

  const paths = runPaths(root, request.runId);
  if (fs.existsSync(paths.folder)) return existingRun(registry, request, workflow.relative, digest);

  const events = firstEvents({
    registry,
    request,
    definition,
    workflowPath: workflow.relative,
    idempotency: key === undefined ? undefined : { key, digest },
  });
  try {
    createRunFolder(registry, {
      runId: request.runId,
      events,
      definition,
      workflowText: text.replaceAll("\r\n", "\n"),
    });
  } catch (error) {
    // The same command, sent twice at once, with a key: the second gets the answer of the first.
    if (key !== undefined && isClawTaskError(error) && error.code === "run_exists")
      return existingRun(registry, request, workflow.relative, digest);
    throw storageError(error, `run ${request.runId}`);
  }
  return { ...answer(request.runId, workflow.relative, events, false), warnings };
}

function strictError(path: string, warnings: readonly string[]): ClawTaskError {
  return new ClawTaskError("workflow_invalid", {
    message: `${path}: with --strict, warnings are errors\n${warnings.join("\n")}`,
    remedy: { hint: "fix what the warnings name, or leave --strict out" },
  });
}

function answer(runId: string, workflowPath: string, events: readonly RunEvent[], replayed: boolean): Scaffolded {
  const ready = events.filter((event) => event.event === "node.ready" && event.implied !== true);
  const readyNodes = ready.map((event) => event.nodeId ?? "");
  return { runId, workflowPath, runPath: `runs/${runId}`, readyNodes, replayed, warnings: [] };
}

function existingRun(registry: Registry, request: ScaffoldRequest, workflowPath: string, digest: string): Scaffolded {
  const earlier = findPriorCreation(registry, request.runId, { key: request.key, digest });
  return answer(request.runId, workflowPath, earlier, true);
}

function locateWorkflow(fs: FileSystem, root: string, path: string): { absolute: string; relative: string } {
  const cleaned = path.trim().replaceAll("\\", "/").replace(/^\.\//, "");
  // Nothing can have such a name.
  const absolutePath = resolve(root, cleaned.replaceAll("\0", "").trim() === cleaned ? cleaned : "");
  const found = locateWorkflowFile({ fs, root }, absolutePath, path);
  if (found !== undefined) return found;
  throw new ClawTaskError("workflow_not_found", {
    message: `workflow not found: ${absolutePath}`,
    remedy: { hint: `write it there first; workflows live in ${join(root, "workflows")}` },
  });
}

function readWorkflow(fs: FileSystem, path: string): string {
  try {
    return readText(fs, path, { followLinks: true, maxBytes: MAX_WORKFLOW_BYTES });
  } catch (error) {
    if (!isFolder(fs, path)) throw storageError(error, path);
    throw new ClawTaskError("workflow_not_found", {
      message: `workflow not found: ${path} is a folder`,
      remedy: { hint: "name the file itself" },
    });
  }
}

function readSpec(
  fs: FileSystem,
  path: string,
  { cwd, warn }: { cwd: string; warn: (warning: string) => void },
): WorkflowDefinition {
  let text: string;
  try {
    text = readText(fs, resolve(cwd, path), { followLinks: true, maxBytes: MAX_JSON_FILE_BYTES });
  } catch (error) {
    if (isClawTaskError(error)) throw error;
    throw new ClawTaskError("workflow_not_found", {
      message: `spec file not found: ${path}`,
      remedy: { hint: "give its path from the current directory" },
      cause: error,
    });
  }
  return parseSpec(text, path, warn);
}

function firstEvents(options: {
  registry: Registry;
  request: ScaffoldRequest;
  definition: WorkflowDefinition;
  workflowPath: string;
  idempotency: { key: string; digest: string } | undefined;
}): RunEvent[] {
  const { registry, idempotency, workflowPath } = options;
  const now = registry.now();
  const params = resolveParams(options.definition.params ?? {}, options.request.params ?? {});
  const snapshot = planRun(options.definition, { ...options.request, params }, formatMicros(now));
  const drafts = runAggregate.decide(undefined, { type: "create", snapshot, workflowPath }, { now });
  return stampInitialEvents(drafts, { now, idempotency });
}

export interface ScaffoldInput extends Omit<ScaffoldRequest, "sourceSessionKey" | "deliveryContext"> {
  /** The session that asked for the run. Required: no surface may invent one. */
  sourceSessionKey?: string | undefined;
  /** Where the outcome is told. */
  deliveryContext?: ScaffoldRequest["deliveryContext"] | undefined;
  /** Takes what can be done first for the caller, as `next --claim` does. */
  claimNext?: boolean | undefined;
}

export interface ScaffoldDocument {
  ok: true;
  runId: string;
  registryRoot: string;
  /** Relative to the registry root, with forward slashes. */
  workflowPath: string;
  runPath: string;
  readyNodes: string[];
  next?: StepsDocument;
}

/**
 * Creates a run of a workflow.
 *
 * @returns the document, and for a person's surface the steps that were taken
 * @throws ClawTaskError `usage` | `workflow_not_found` | `workflow_invalid` | `run_exists` | `invalid_id` | ...
 * @example
 * scaffold(context, {
 *   runId: "report-1",
 *   workflowPath: "workflows/report.task.md",
 *   sourceSessionKey: "agent:main:main",
 *   params: { topic: "squid" },
 * });
 */
export function scaffold(
  context: OperationContext,
  input: ScaffoldInput,
): Outcome<ScaffoldDocument> & { steps: RunSteps | undefined; wakeCall: object | undefined } {
  const { registry, cwd, self } = context;
  const { sourceSessionKey, claimNext } = input;
  if (sourceSessionKey === undefined)
    throw usageError("the following arguments are required: --source-session-key", "scaffold");
  // The digest of a key is made of these in this order.
  const request = {
    runId: input.runId,
    workflowPath: input.workflowPath,
    specFile: input.specFile,
    sourceSessionKey,
    sourceAgentId: input.sourceAgentId,
    deliveryContext: input.deliveryContext ?? null,
    rootSessionKey: input.rootSessionKey,
    plannerSessionKey: input.plannerSessionKey,
    driverSessionKey: input.driverSessionKey,
    key: input.key,
    params: input.params ?? {},
    strict: input.strict,
  };
  const { runId, workflowPath, runPath, readyNodes, warnings } = scaffoldRun(registry, request, cwd);
  const steps = claimNext === true ? advanceRun(registry, runId, { self, by: resolveActor(context) }) : undefined;
  return {
    document: {
      ok: true,
      runId,
      registryRoot: registry.root,
      workflowPath,
      runPath,
      readyNodes,
      ...(steps === undefined ? {} : { next: toStepsDocument(steps) }),
    },
    notices: warnings,
    steps,
    wakeCall: steps === undefined ? undefined : waking(context, { runId }).document.call,
  };
}
