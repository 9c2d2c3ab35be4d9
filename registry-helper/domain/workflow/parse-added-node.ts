import { ClawTaskError, isClawTaskError } from "../../model/errors.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { WorkflowNode } from "../../model/workflow-definition.ts";
import { locateByName } from "./source-positions.ts";
import { findUnknownKeys } from "./unknown-keys.ts";
import { checkDefinition } from "./validate-definition.ts";

/**
 * Checks the definition of a node that is added to a run that goes on. What is left away is filled in as OpenTask's
 * driver does: the title from the id, no needs, a report.
 *
 * @throws ClawTaskError `workflow_invalid` | `invalid_id` | `invalid_path` | `argument_missing`
 */
export function parseAddedNode(value: Json | undefined): WorkflowNode {
  if (!isJsonObject(value) || typeof value["id"] !== "string")
    throw new ClawTaskError("argument_missing", {
      message: "add_node needs a node with an id",
      remedy: {
        scope: "command line",
        hint: '--node-json \'{"id":"deep-dive","title":"Deep dive","kind":"subagent","needs":["gather"],"prompt":"..."}\'',
      },
    });
  const node = {
    title: toTitle(value["id"]),
    kind: "subagent",
    outputs: { mode: "report" },
    ...value,
    // Whether needs exist, and whether they close a circle, is for the run to say.
    needs: [],
  };
  try {
    const { nodes } = checkDefinition({ workflowId: "added", title: "added", nodes: [node] }, locateByName("node"));
    const needs = Array.isArray(value["needs"]) ? value["needs"].map(String) : [];
    return { ...(nodes[0] as WorkflowNode), needs };
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    throw new ClawTaskError(error.code, {
      message: error.message.replace("nodes.0.", "").replace("nodes.0", "node"),
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    });
  }
}

/** Keys of an added node that nothing reads: they are allowed, as in a workflow, but hardly meant. */
export function findAddedNodeWarnings(value: Json | undefined): string[] {
  if (!isJsonObject(value)) return [];
  const definition = { workflowId: "added", title: "added", nodes: [value as unknown as WorkflowNode] };
  return findUnknownKeys(definition).map(({ at, warning }) => `${["node", ...at.slice(2)].join(".")}: ${warning}`);
}

/** `deep_dive-2` -> `Deep Dive 2`. */
function toTitle(id: string): string {
  const words = id.split(/[-_.]+/).filter((word) => word !== "");
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ") || id;
}
