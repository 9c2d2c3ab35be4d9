import { ClawTaskError, type ErrorCode, isClawTaskError } from "../../model/errors.ts";
import { requireSafeId } from "../../model/ids.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { MAX_NODES_PER_RUN, MAX_PARAMS } from "../../model/limits.ts";
import { normalizeRunPath } from "../../model/relative-path.ts";
import { NODE_KINDS } from "../../model/run-documents.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import validateWorkflow from "../../model/workflow-validator.generated.js";
import { findCycle } from "./find-cycle.ts";
import { type Locate, QUOTING_ADVICE } from "./source-positions.ts";
import { checkPolicies } from "./validate-references.ts";

type Path = readonly (string | number)[];

/**
 * Checks what was parsed. Conditions that OpenTask knows are told in its words and its order, with the
 * position in front; the compiled schema finds the rest.
 *
 * @throws ClawTaskError `workflow_invalid` | `invalid_id` | `invalid_path` | `too_large`
 */
export function checkDefinition(value: unknown, locate: Locate): WorkflowDefinition {
  const fail = failAt(locate);
  if (!isJsonObject(value)) return fail([], "spec must be a mapping", "write workflowId, title and nodes as keys");
  dropEmpty(value, ["defaults", "driver", "params", "wake"]);
  if (!isText(value["workflowId"]))
    fail(["workflowId"], "spec.workflowId is required", "add a line such as workflowId: research-report");
  if (!isText(value["title"])) fail(["title"], "spec.title is required", "add a line such as title: Research report");
  const { nodes, params } = value;
  if (isJsonObject(params) && Object.keys(params).length > MAX_PARAMS)
    fail(
      ["params"],
      `a workflow has at most ${MAX_PARAMS} parameters, this one ${Object.keys(params).length}`,
      "put the values into a file of the run and name its path in one parameter",
      "too_large",
    );
  if (!Array.isArray(nodes) || nodes.length === 0) {
    return fail(["nodes"], "spec.nodes must be a non-empty list", "list at least one node under nodes:");
  }
  if (nodes.length > MAX_NODES_PER_RUN) {
    fail(
      ["nodes"],
      `a run has at most ${MAX_NODES_PER_RUN} nodes, this one ${nodes.length}`,
      "split it into several runs",
      "too_large",
    );
  }

  const visited = new Set<string>();
  nodes.forEach((node, index) => {
    checkNode(node, ["nodes", index], visited, fail, locate);
  });
  checkNeeds(nodes as unknown as WorkflowNode[], fail);
  if (!validateWorkflow(value)) {
    const problem = validateWorkflow.errors?.[0];
    const path = (problem?.instancePath ?? "")
      .split("/")
      .slice(1)
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    fail(
      path,
      `${path.join(".") || "the definition"} ${problem?.message ?? "does not fit the schema"}`,
      // `prompt: {{city}}` is a mapping to YAML.
      problem?.keyword === "type" && problem.params?.["type"] === "string"
        ? QUOTING_ADVICE
        : "see docs/workflows.md for the fields",
    );
  }
  const definition = value as unknown as WorkflowDefinition;
  checkPolicies(definition, fail);
  return definition;
}

/** Refuses a definition, with the position of what is wrong. */
export type Fail = (path: Path, message: string, hint: string, code?: ErrorCode) => never;

export function failAt(locate: Locate): Fail {
  return (path, message, hint, code = "workflow_invalid") => {
    throw new ClawTaskError(code, { message: `${locate(path)}: ${message}`, remedy: { hint } });
  };
}

/** An optional key without a value (`defaults:` and nothing behind it) counts as not written. */
function dropEmpty(object: JsonObject, keys: readonly string[]): void {
  for (const key of keys) if (object[key] === null) Reflect.deleteProperty(object, key);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function checkNode(node: unknown, at: Path, visited: Set<string>, fail: Fail, locate: Locate): void {
  if (!isJsonObject(node) || !isText(node["id"]))
    return fail(at, "every spec node requires an id", "begin each node with - id: <name>");
  const id = node["id"];
  atPosition(locate, [...at, "id"], () => requireSafeId(id, "node id"));
  const folded = id.toLowerCase();
  if (visited.has(folded))
    fail([...at, "id"], `duplicate node id in spec: ${id}`, "give each node a name of its own (case does not count)");
  visited.add(folded);
  if (!isText(node["title"])) fail([...at, "title"], `node ${id} requires title`, "add title: to the node");
  const kind = node["kind"];
  if (!NODE_KINDS.some((known) => known === kind)) {
    fail(
      [...at, "kind"],
      `node ${id} has unsupported kind: ${String(kind ?? "None")}`,
      `use one of ${NODE_KINDS.join(", ")}`,
    );
  }
  dropEmpty(node, [
    "needs",
    "prompt",
    "artifactPaths",
    "waitFor",
    "when",
    "approval",
    "timeoutMs",
    "retries",
    "onFailure",
  ]);
  if (node["needs"] !== undefined && !Array.isArray(node["needs"])) {
    fail([...at, "needs"], `node ${id} needs must be a list`, "write needs: [a, b]");
  }
  const outputs = node["outputs"];
  if (isJsonObject(outputs)) dropEmpty(outputs, ["path", "requiredFiles"]);
  const mode = isJsonObject(outputs) ? outputs["mode"] : undefined;
  if (mode !== "notify" && mode !== "report") {
    fail(
      [...at, "outputs"],
      `node ${id} requires outputs.mode notify|report`,
      "add outputs: {mode: report} or {mode: notify}",
    );
  }
  checkFiles(node, id, at, fail, locate);
  const waitFor = node["waitFor"];
  if (isJsonObject(waitFor) && waitFor["type"] === "file_exists") {
    const { path } = waitFor;
    if (!isText(path))
      return fail([...at, "waitFor"], `node ${id} waits for a file but names none`, "add path: nodes/<node id>/<file>");
    atPosition(locate, [...at, "waitFor", "path"], () => void normalizeRunPath(path));
  }
}

function checkFiles(node: Record<string, unknown>, id: string, at: Path, fail: Fail, locate: Locate): void {
  const outputs = isJsonObject(node["outputs"]) ? node["outputs"] : {};
  for (const [files, place] of [
    [node["artifactPaths"], ["artifactPaths"]],
    [outputs["requiredFiles"], ["outputs", "requiredFiles"]],
  ] as const) {
    if (files === undefined) continue;
    if (!Array.isArray(files))
      return fail(
        [...at, ...place],
        `node ${id} artifact paths must be a list`,
        "write one path per line, each with a dash",
      );
    files.forEach((file, index) => {
      atPosition(locate, [...at, ...place, index], () => void normalizeRunPath(String(file)));
    });
  }
}

/** The position is looked up for an error alone: that takes time, and most have none. */
function atPosition(locate: Locate, path: Path, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    throw new ClawTaskError(error.code, {
      message: `${locate(path)}: ${error.message}`,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    });
  }
}

function checkNeeds(nodes: readonly WorkflowNode[], fail: Fail): void {
  const known = new Set(nodes.map((node) => node.id));
  nodes.forEach((node, index) => {
    const missing = (node.needs ?? []).filter((need) => !known.has(need));
    if (missing.length > 0) {
      fail(
        ["nodes", index, "needs"],
        `node ${node.id} depends on missing nodes: ${missing.slice(0, 12).join(", ")}`,
        `known nodes: ${[...known].slice(0, 12).join(", ")}`,
      );
    }
  });
  const cycle = findCycle(nodes);
  if (cycle !== undefined) {
    const index = nodes.findIndex((node) => node.id === cycle[0]);
    fail(
      ["nodes", index, "needs"],
      `nodes need each other in a circle: ${cycle.join(" -> ")}`,
      "take one of these needs out",
    );
  }
}
