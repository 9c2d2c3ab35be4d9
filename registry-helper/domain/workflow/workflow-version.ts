import { sha256Hex } from "../../model/hash.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";

/**
 * Names the content of a definition: the same steps give the same version, whatever the order of keys, comments
 * or the text below the front matter.
 */
export function workflowVersion(definition: WorkflowDefinition): string {
  return sha256Hex(JSON.stringify(sorted(definition))).slice(0, 12);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
