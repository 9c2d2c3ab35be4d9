import { type Document, isScalar, type Node, visit } from "yaml";
import { isJsonObject } from "../../model/json.ts";
import { TRUNCATABLE_KEYS } from "./source-positions.ts";

/** Keys whose value is text even when it looks like a number or a boolean (`id: 1`, `title: 2026`). */
const TEXT_KEYS = new Set([
  ...["workflowId", "title", "id", "kind", "prompt", "mode", "path", "description"],
  ...["question", "task", "event", "at", "onFailure", "evidence", "wake"],
  ...["param", "node", "status", "choice", "output"],
]);
const TEXT_LIST_KEYS = new Set(["needs", "requiredFiles", "artifactPaths", "choices"]);
/** Below these, keys are somebody else's. */
const FOREIGN_KEYS = new Set(["schema", "metadata", "driver"]);

/** Keeps text as it is written wherever a workflow has text, and shows each scalar of a key to `onScalar`. */
export function preserveScalarText(document: Document, onScalar: (value: unknown, key: string) => void): void {
  visit(document, {
    Pair(_index, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      if (FOREIGN_KEYS.has(key)) return visit.SKIP;
      if (TEXT_KEYS.has(key)) keepText(pair.value);
      if (TRUNCATABLE_KEYS.has(key)) onScalar(pair.value, key);
      const items =
        TEXT_LIST_KEYS.has(key) && typeof pair.value === "object" && pair.value !== null && "items" in pair.value
          ? pair.value.items
          : [];
      if (Array.isArray(items)) items.forEach(keepText);
      return undefined;
    },
  });
}

function keepText(node: unknown): void {
  if (isScalar(node) && isNumberOrBoolean(node.value)) node.value = node.source ?? String(node.value);
}

function isNumberOrBoolean(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

type Path = readonly (string | number)[];
/** The node at a path of the definition. */
type NodeAt = (path: Path) => Node | undefined;

/**
 * Keeps what is said of a text parameter as it is written: `3.10` is a version and `01234` a post code, which only the
 * parameter's type tells. So it is with its default, what it may be, and what conditions compare it with.
 */
export function keepDeclaredText(definition: unknown, nodeAt: NodeAt): void {
  if (!isJsonObject(definition) || !isJsonObject(definition["params"])) return;
  const { params, nodes } = definition;
  const keep = (holder: Record<string, unknown>, field: string, path: Path): void => {
    const value = holder[field];
    if (Array.isArray(value))
      holder[field] = value.map((item: unknown, index) => asWritten(item, [...path, field, index], nodeAt));
    else if (value !== undefined) holder[field] = asWritten(value, [...path, field], nodeAt);
  };
  const isText = (name: unknown): boolean => {
    const spec = typeof name === "string" && Object.hasOwn(params, name) ? params[name] : undefined;
    return isJsonObject(spec) && spec["type"] === "string";
  };
  for (const [name, spec] of Object.entries(params))
    if (isText(name) && isJsonObject(spec))
      for (const field of ["default", "enum"]) keep(spec, field, ["params", name]);
  const inCondition = (condition: unknown, path: Path): void => {
    if (!isJsonObject(condition)) return;
    for (const group of ["all", "any"]) {
      const parts = condition[group];
      if (Array.isArray(parts)) for (const [index, part] of parts.entries()) inCondition(part, [...path, group, index]);
    }
    inCondition(condition["not"], [...path, "not"]);
    if (isText(condition["param"])) for (const field of ["equals", "notEquals", "in"]) keep(condition, field, path);
  };
  if (!Array.isArray(nodes)) return;
  for (const [index, node] of nodes.entries())
    if (isJsonObject(node)) inCondition(node["when"], ["nodes", index, "when"]);
}

function asWritten(value: unknown, path: Path, nodeAt: NodeAt): unknown {
  if (!isNumberOrBoolean(value)) return value;
  const node = nodeAt(path);
  return isScalar(node) ? (node.source ?? String(value)) : String(value);
}
