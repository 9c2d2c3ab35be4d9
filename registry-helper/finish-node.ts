import { join } from "node:path";
import type { Committed } from "./commit.ts";
import { readTextIfThere, replaceFile } from "./journal/file-system.ts";
import { existsInside, runPaths } from "./journal/paths.ts";
import { ClawTaskError } from "./model/errors.ts";
import { isJsonObject, type JsonObject, parseJson, toJsonFile, toJsonLine } from "./model/json.ts";
import { MAX_OUTPUT_LENGTH, MAX_RESULT_BYTES } from "./model/limits.ts";
import type { Evidence, RunDocument, RunNode } from "./model/run-documents.ts";
import type { RunEvent } from "./model/run-events.ts";
import { changeRun, describeFile, filesOfNode, loadRun, type Registry } from "./registry.ts";
import { requireNode } from "./run/find-node.ts";

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
  /** Checks a result against the node's schema: what does not fit, in words. */
  check?: ((node: RunNode, result: JsonObject) => string | undefined) | undefined;
}

/**
 * Ends a node, with its files as evidence and what `result.json` says.
 *
 * @throws ClawTaskError `result_invalid` | `evidence_missing` | `stale_token` | `illegal_transition` | ...
 */
export function finishNode(registry: Registry, runId: string, end: NodeEnd): Committed<RunDocument, RunEvent> {
  const { nodeId, to, message, token, key } = end;
  const { folder } = runPaths(registry.root, runId);
  if (end.result !== undefined) writeResult(registry, runId, { ...end, result: end.result });
  const command = { type: "transition" as const, nodeId, to, message, payload: {}, token };
  return changeRun(registry, runId, {
    command,
    content: { nodeId, to, message, result: end.result },
    key,
    gather: (run) => {
      const node = run?.state.nodes.find(({ id }) => id === nodeId);
      if (node === undefined || to === "failed") return command;
      const { evidence, missing } = filesOfNode(registry, folder, node);
      const result = readResult(registry, folder, node, end.check);
      return {
        ...command,
        missingArtifacts: missing,
        evidence: result === undefined ? evidence : withFile(evidence, result.file),
        output: result?.output,
      };
    },
  });
}

/**
 * Writes `result.json` of a node and records it.
 *
 * @throws ClawTaskError `result_invalid` | `too_large` | `node_not_found` | `illegal_transition`
 */
export function recordResult(
  registry: Registry,
  runId: string,
  end: Pick<NodeEnd, "nodeId" | "token" | "key" | "check"> & { result: JsonObject },
): Committed<RunDocument, RunEvent> {
  const { folder } = runPaths(registry.root, runId);
  writeResult(registry, runId, end);
  const file = describeFile(registry.fs, folder, resultPath(end.nodeId));
  const output = keptOutput(end.result);
  return changeRun(registry, runId, {
    command: { type: "record_result", nodeId: end.nodeId, token: end.token, file, output },
    content: { nodeId: end.nodeId, result: end.result },
    key: end.key,
  });
}

export function resultPath(nodeId: string): string {
  return `nodes/${nodeId}/result.json`;
}

function writeResult(
  registry: Registry,
  runId: string,
  { nodeId, result, check }: Pick<NodeEnd, "nodeId" | "check"> & { result: JsonObject },
): void {
  const { run } = loadRun(registry, runId);
  const node = requireNode(run.state, nodeId);
  requireFit(runId, node, result, check);
  const text = toJsonFile(result);
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES)
    throw new ClawTaskError("too_large", {
      message: `a result has at most ${MAX_RESULT_BYTES} bytes`,
      next: "write the rest into a file of the run and name it in the result",
    });
  replaceFile(registry.fs, join(runPaths(registry.root, runId).folder, resultPath(nodeId)), text);
}

function readResult(
  registry: Registry,
  folder: string,
  node: RunNode,
  check: NodeEnd["check"],
): { file: Evidence; output: JsonObject | undefined } | undefined {
  const path = resultPath(node.id);
  if (!existsInside(registry.fs, folder, path)) {
    if (node.policy?.resultSchema === undefined) return undefined;
    throw invalid(node, "there is no result.json", `write ${path}, or give it with --result-json '<JSON>'`);
  }
  const file = describeFile(registry.fs, folder, path);
  if (file.size > MAX_RESULT_BYTES) return { file, output: undefined };
  const result = parse(readTextIfThere(registry.fs, join(folder, path)) ?? "", node, path);
  requireFit("", node, result, check);
  return { file, output: keptOutput(result) };
}

function parse(text: string, node: RunNode, path: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw invalid(node, error instanceof Error ? error.message : String(error), `write ${path} as JSON`);
  }
  if (isJsonObject(value)) return value;
  throw invalid(node, "it is no JSON object", `write ${path} as one JSON object`);
}

function requireFit(runId: string, node: RunNode, result: JsonObject, check: NodeEnd["check"]): void {
  if (node.policy?.resultSchema === undefined || check === undefined) return;
  const problem = check(node, result);
  if (problem !== undefined)
    throw invalid(node, problem, `what is asked for: clawtask brief ${runId === "" ? "<run>" : runId} ${node.id}`);
}

function invalid(node: RunNode, problem: string, next: string): ClawTaskError {
  return new ClawTaskError("result_invalid", { message: `the result of ${node.id} does not fit: ${problem}`, next });
}

/** What conditions can look at; a large result stays in its file. */
function keptOutput(result: JsonObject): JsonObject | undefined {
  return toJsonLine(result).length <= MAX_OUTPUT_LENGTH ? result : undefined;
}

function withFile(files: readonly Evidence[], file: Evidence): Evidence[] {
  return [...files.filter(({ path }) => path !== file.path), file];
}
