import { basename, join } from "node:path";
import type { SettledFiles } from "../../domain/run/commands.ts";
import { formatUnchanged } from "../../domain/run/state/missing-files.ts";
import { legalTargets } from "../../domain/run/state/node-transitions.ts";
import { findSchemaProblem } from "../../domain/workflow/check-json-schema.ts";
import { ClawTaskError, getErrorMessage, isClawTaskError } from "../../model/errors.ts";
import { sha256Hex } from "../../model/hash.ts";
import { isJsonObject, type JsonObject, parseJson, toJsonFile, toJsonLine } from "../../model/json.ts";
import { MAX_OUTPUT_LENGTH, MAX_RESULT_BYTES } from "../../model/limits.ts";
import { type Remedy, suggest } from "../../model/remedy.ts";
import { resultPath } from "../../model/result-path.ts";
import type { Evidence, RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import type { Committed } from "../../registry/commit.ts";
import type { Registry } from "../../registry/registry.ts";
import { commitRun } from "../../registry/run-store.ts";
import { makeFolder, readTextIfExists } from "../../storage/file-system.ts";
import { placeFile, type PlacedFile } from "../../storage/place-file.ts";
import { describeFile } from "../../storage/run-files.ts";
import { existsInside, findInside, runPaths } from "../../storage/run-paths.ts";
import { checkNodeFiles, getFileState, settleNodeFiles } from "./evidence.ts";

/** How a node ended, as whoever did it reports. */
export interface NodeEnd {
  nodeId: string;
  to: "completed" | "failed";
  message?: string | undefined;
  /** The claim under which it was done. */
  token?: number | undefined;
  /** Written to `nodes/<node>/result.json` first; without it, a file that is there already is taken. */
  result?: JsonObject | undefined;
  key?: string | undefined;
  /** Is shown the node as it was, in the moment before it ends. */
  before?: ((node: RunNode) => void) | undefined;
}

/**
 * Ends a node, with its files as evidence and what `result.json` says.
 *
 * @throws ClawTaskError `result_invalid` | `evidence_missing` | `stale_token` | `illegal_transition` | ...
 */
export function finishNode(registry: Registry, runId: string, end: NodeEnd): Committed<RunDocument, RunEvent> {
  const { nodeId, to, message, token, key, result } = end;
  const { folder } = runPaths(registry.root, runId);
  const text = result === undefined ? undefined : resultText(result);
  const command = { type: "transition" as const, nodeId, to, message, payload: {}, token };
  return commitRun(registry, runId, {
    command,
    idempotencyPayload: { nodeId, to, message, result },
    key,
    loadFacts: (run) => {
      const node = run?.state.nodes.find(({ id }) => id === nodeId);
      if (node !== undefined) end.before?.(node);
      // A node that cannot be completed now is refused for that, whatever its files are.
      if (node === undefined || to === "failed" || !legalTargets(node.status).includes(to)) return command;
      const files = checkNodeFiles(registry, folder, node);
      if (result !== undefined) requireFit(runId, node, result);
      const given =
        result === undefined || text === undefined
          ? readResult(registry, folder, node)
          : { file: describeResult(nodeId, text), output: outputToStore(result) };
      const { missing, stale, evidence, output } = withResult(files, given);
      return { ...command, missingArtifacts: missing, staleArtifacts: stale, evidence, output };
    },
    place: text === undefined ? undefined : () => writeResult(registry, folder, nodeId, text),
  });
}

interface GivenResult {
  file: Evidence;
  output: JsonObject | undefined;
}

function withResult(
  { evidence, missing, stale = [] }: Pick<SettledFiles, "evidence" | "missing" | "stale">,
  given: GivenResult | undefined,
): SettledFiles {
  if (given === undefined) return { evidence, missing, stale };
  const { file, output } = given;
  const isOther = (path: string): boolean => path !== file.path;
  return { evidence: withFile(evidence, file), missing: missing.filter(isOther), stale: stale.filter(isOther), output };
}

/**
 * What a node left behind, for the clock, which completes it when nobody does: the same checks as for whoever completes
 * it, but what is wrong is answered, since it must not stop the rest of the run.
 */
export function settleNode(registry: Registry, folder: string, node: RunNode): SettledFiles {
  const files = settleNodeFiles(registry, folder, node);
  try {
    return withResult(files, readResult(registry, folder, node));
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return { ...files, problem: error.message };
  }
}

/**
 * Writes `result.json` of a node and records it.
 *
 * @throws ClawTaskError `result_invalid` | `too_large` | `node_not_found` | `illegal_transition`
 */
export function recordResult(
  registry: Registry,
  runId: string,
  end: Pick<NodeEnd, "nodeId" | "token" | "key"> & { result: JsonObject },
): Committed<RunDocument, RunEvent> {
  const { nodeId, token, key, result } = end;
  const { folder } = runPaths(registry.root, runId);
  const text = resultText(result);
  const command = { type: "record_result" as const, nodeId, token, output: outputToStore(result) };
  return commitRun(registry, runId, {
    command: { ...command, file: { path: resultPath(nodeId), size: 0, sha256: null } },
    idempotencyPayload: { nodeId, result },
    key,
    loadFacts: (run) => {
      const node = run?.state.nodes.find(({ id }) => id === nodeId);
      if (node !== undefined) requireFit(runId, node, result);
      return { ...command, file: describeResult(nodeId, text) };
    },
    place: () => writeResult(registry, folder, nodeId, text),
  });
}

/** @throws ClawTaskError `too_large` */
function resultText(result: JsonObject): string {
  const text = toJsonFile(result);
  if (Buffer.byteLength(text) <= MAX_RESULT_BYTES) return text;
  throw new ClawTaskError("too_large", {
    message: `a result has at most ${MAX_RESULT_BYTES} bytes`,
    remedy: { hint: "write the rest into a file of the run and name it in the result" },
  });
}

function describeResult(nodeId: string, text: string): Evidence {
  return { path: resultPath(nodeId), size: Buffer.byteLength(text), sha256: sha256Hex(text) };
}

/** Flushed, since the journal is about to say what is in it. */
function writeResult({ fs }: Registry, folder: string, nodeId: string, text: string): PlacedFile {
  const home = join("nodes", nodeId);
  makeFolder(fs, folder, join(folder, home));
  if (!existsInside(fs, folder, home))
    throw new ClawTaskError("invalid_path", {
      message: `${join(folder, home)} lies outside of its run`,
      remedy: { hint: "put a real folder there" },
    });
  return placeFile(fs, join(folder, resultPath(nodeId)), text);
}

function readResult(registry: Registry, folder: string, node: RunNode): GivenResult | undefined {
  const path = resultPath(node.id);
  // What an earlier attempt left behind is no result of this one.
  const state = getFileState(registry, folder, node, path);
  const file = state === "written" ? describeFile(registry.fs, folder, path) : undefined;
  if (file === undefined) {
    if (node.policy?.resultSchema === undefined) return undefined;
    throw invalid(node, state === "stale" ? `result.json is ${formatUnchanged(node)}` : "there is no result.json", {
      hint: `write ${path}, or give it with --result-json '<JSON>'`,
      scope: "command line",
    });
  }
  if (file.size > MAX_RESULT_BYTES) return { file, output: undefined };
  const text = readTextIfExists(registry.fs, findInside(registry.fs, folder, path) ?? "", { followLinks: true });
  const result = parse(text ?? "", node, path);
  requireFit(basename(folder), node, result);
  return { file, output: outputToStore(result) };
}

function parse(text: string, node: RunNode, path: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw invalid(node, getErrorMessage(error), { hint: `write ${path} as JSON` });
  }
  if (isJsonObject(value)) return value;
  throw invalid(node, "it is no JSON object", { hint: `write ${path} as one JSON object` });
}

function requireFit(runId: string, node: RunNode, result: JsonObject): void {
  const schema = node.policy?.resultSchema;
  const problem = schema === undefined ? undefined : findSchemaProblem(schema, result);
  if (problem !== undefined)
    throw invalid(node, problem, { hint: "what is asked for", commands: [suggest("brief", runId, node.id)] });
}

function invalid(node: RunNode, problem: string, remedy: Remedy): ClawTaskError {
  return new ClawTaskError("result_invalid", { message: `the result of ${node.id} does not fit: ${problem}`, remedy });
}

/** What conditions can look at; a large result stays in its file. */
function outputToStore(result: JsonObject): JsonObject | undefined {
  return toJsonLine(result).length <= MAX_OUTPUT_LENGTH ? result : undefined;
}

function withFile(files: readonly Evidence[], file: Evidence): Evidence[] {
  return [...files.filter(({ path }) => path !== file.path), file];
}
