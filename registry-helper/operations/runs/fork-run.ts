import { parseTarget } from "../../domain/delivery/redirect.ts";
import { listCarriedNodes, decideFork, type ForkPlan, planFork } from "../../domain/run/decide/decide-fork.ts";
import { OWN_FILES } from "../../domain/run/state/left-files.ts";
import { resolveParams } from "../../domain/workflow/params.ts";
import { parseRecordedWorkflow } from "../../domain/workflow/parse-workflow.ts";
import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { ClawTaskError, isClawTaskError } from "../../model/errors.ts";
import { sha256Hex } from "../../model/hash.ts";
import { requireSafeId } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { toComparableName } from "../../model/relative-path.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { formatMicros } from "../../model/time.ts";
import { digestCommand } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { readText, readTextIfExists } from "../../storage/file-system.ts";
import { orRemoved, type RunPaths, runPaths } from "../../storage/run-paths.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { copyListed, filesBelow } from "../../storage/walk-files.ts";
import { type OperationContext, type Outcome, resolveActor } from "../operation.ts";
import { findPriorCreation, createRunFolder, stampInitialEvents } from "./create-run-folder.ts";

export interface ForkInput extends Omit<ForkRequest, "nodeId" | "runId" | "by"> {
  /** The run to fork. */
  runId: string;
  /** The node from which the new run begins. */
  from: string;
  /** Unless given, the old one's name with `-fork` after it. */
  newRunId?: string | undefined;
  by?: string | undefined;
}

export interface ForkDocument extends Omit<Forked, "replayed"> {
  ok: true;
  registryRoot: string;
}

/**
 * Makes a new run that begins at a node of an old one.
 *
 * @throws ClawTaskError what `forkRun` throws
 * @example
 * fork(context, { runId: "report-1", from: "write", params: { tone: "formal" } });
 */
export function fork(context: OperationContext, input: ForkInput): Outcome<ForkDocument> {
  const { registry } = context;
  const { runId: old, from: nodeId, newRunId, by, ...rest } = input;
  const forked = forkRun(registry, old, { ...rest, nodeId, runId: newRunId, by: resolveActor(context, by) });
  const { runId, runPath, forkedFrom, carried, readyNodes } = forked;
  return {
    document: { ok: true, runId, registryRoot: registry.root, runPath, forkedFrom, carried, readyNodes },
  };
}

export interface ForkRequest {
  /** The node from which the new run begins anew. */
  nodeId: string;
  by: string;
  /** Left away: the old one's name with `-fork` behind it. */
  runId?: string | undefined;
  /** Parameters that are to be different; only what begins anew sees them. */
  params?: JsonObject | undefined;
  /** Where the new run reports to, as `channel:target`; unless given, where the old one does. */
  route?: string | undefined;
  /** The same key again returns the first answer and writes nothing. */
  key?: string | undefined;
}

export interface Forked {
  runId: string;
  /** Relative to the registry root. */
  runPath: string;
  forkedFrom: { runId: string; nodeId: string };
  /** Nodes whose end was carried over. */
  carried: string[];
  readyNodes: string[];
  replayed: boolean;
}

/**
 * Makes a new run that carries over what an old one had done before a node, with its files, and begins anew from
 * there. The old run stays as it is.
 *
 * @throws ClawTaskError `run_not_found` | `node_not_found` | `run_exists` | `params_invalid` | `invalid_id` | ...
 */
export function forkRun(registry: Registry, from: string, request: ForkRequest): Forked {
  const { fs, root } = registry;
  const { run, journal } = loadRun(registry, from);
  const { key, nodeId } = request;
  const runId = request.runId ?? freeName(registry, from, key);
  requireSafeId(runId, "run id");
  const to = request.route === undefined ? {} : { route: request.route };
  const digest = digestCommand({ fork: from, nodeId, params: request.params ?? {}, ...to });
  const route = request.route === undefined ? undefined : parseTarget(request.route, "fork");
  const repeated = (): Forked => answer(findPriorCreation(registry, runId, { key, digest }), true);
  if (fs.existsSync(runPaths(root, runId).folder)) return repeated();

  const now = registry.now();
  const again = planRedelivery(registry, journal.paths, run, request.params);
  const snapshot = planFork(run, { runId, nodeId, by: request.by, createdAt: formatMicros(now), again, route });
  const files = listCarriedFiles(filesBelow(fs, journal.paths.folder), snapshot);
  const drafts = decideFork(snapshot, new Set(files.map(toComparableName)), { now, by: request.by });
  const events = stampInitialEvents(drafts, { now, idempotency: key === undefined ? undefined : { key, digest } });
  try {
    const fill = (folder: string): void => {
      for (const path of files) copyListed(fs, journal.paths.folder, folder, path);
    };
    const workflowText = readTextIfExists(fs, journal.paths.workflowLock) ?? "";
    createRunFolder(registry, { runId, events, workflowText, fill });
  } catch (error) {
    if (key !== undefined && isClawTaskError(error) && error.code === "run_exists") return repeated();
    throw storageError(orRemoved(error, { fs, root, runId: from }), `run ${runId}`);
  }
  return answer(events, false);
}

function answer(events: readonly RunEvent[], replayed: boolean): Forked {
  const [first] = events;
  const { snapshot } = first ?? {};
  if (first === undefined || snapshot?.state.forkedFrom === undefined)
    throw new Error("a fork without its first event");
  return {
    runId: first.runId,
    runPath: `runs/${first.runId}`,
    forkedFrom: snapshot.state.forkedFrom,
    carried: listCarriedNodes(snapshot).map(({ id }) => id),
    readyNodes: events.flatMap(({ event, nodeId, implied }) =>
      event === "node.ready" && implied !== true && nodeId !== undefined ? [nodeId] : [],
    ),
    replayed,
  };
}

const MAX_STEM_LENGTH = 48;

/** `report-1-fork`, `report-1-fork-2`, ...; the same key finds the same name again. */
function freeName({ fs, root }: Registry, from: string, key: string | undefined): string {
  const stem = `${from.slice(0, MAX_STEM_LENGTH)}-fork`;
  if (key !== undefined) return `${stem}-${sha256Hex(key).slice(0, 8)}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!fs.existsSync(runPaths(root, name).folder)) return name;
  }
}

/** Reads the definition again when parameters change: titles, prompts and questions follow them. */
function planRedelivery(
  { fs }: Registry,
  paths: RunPaths,
  run: RunDocument,
  given: JsonObject | undefined,
): ForkPlan["again"] {
  if (given === undefined || Object.keys(given).length === 0) return undefined;
  const definition = parseRecordedWorkflow(readText(fs, paths.workflowLock), paths.workflowLock);
  if (run.state.workflowVersion !== workflowVersion(definition))
    throw new ClawTaskError("params_invalid", {
      message: `run ${run.state.runId} was not made from its workflow.lock.md, so its parameters cannot be changed`,
      remedy: { scope: "command line", hint: "fork it without --set, or scaffold a new run" },
    });
  const params = resolveParams(definition.params ?? {}, { ...run.state.params, ...given });
  return { params, definition };
}

/** The folders of nodes that were carried over, and files elsewhere that they declare or have as evidence. */
function listCarriedFiles(files: readonly string[], snapshot: RunDocument): string[] {
  const carried = listCarriedNodes(snapshot);
  const ids = new Set(carried.map(({ id }) => id));
  const named = new Set(
    carried
      .flatMap(({ artifactPaths, evidence }) => [...artifactPaths, ...(evidence ?? []).map(({ path }) => path)])
      .map(toComparableName),
  );
  return files.filter((path) => {
    const [top, nodeId = ""] = path.split("/");
    return (top === "nodes" && ids.has(nodeId)) || (named.has(toComparableName(path)) && !OWN_FILES.test(path));
  });
}
