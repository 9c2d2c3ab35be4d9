import { isScalar, LineCounter, parseDocument, visit } from "yaml";
import { ClawTaskError, getErrorMessage } from "../../model/errors.ts";
import { withoutByteOrderMark } from "../../model/json.ts";
import { MAX_YAML_ALIASES } from "../../model/limits.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { readFrontMatter } from "./front-matter.ts";
import { locateByName, locateInYaml, TRUNCATABLE_KEYS, findTruncatedText, QUOTING_ADVICE } from "./source-positions.ts";
import { checkDefinition } from "./validate-definition.ts";

/**
 * Parses and checks a workflow file: real YAML, every error with its position.
 *
 * @param path named in errors
 * @param warn is told of text that YAML takes for a comment, with its position
 * @throws ClawTaskError `workflow_invalid` | `front_matter_refused` | `too_large` | `invalid_id` | `invalid_path`
 */
export function parseWorkflow(
  text: string,
  path: string,
  warn: (warning: string) => void = () => undefined,
): WorkflowDefinition {
  const { yaml, lineOffset } = readFrontMatter(text, path);
  const lines = new LineCounter();
  const document = parseDocument(yaml, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "error",
  });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new ClawTaskError("workflow_invalid", {
      message: `${path}:${line + lineOffset}:${col}: ${problem.message.split("\n")[0] ?? "broken YAML"}`,
      remedy: { hint: `mend the YAML at that place. ${QUOTING_ADVICE}` },
    });
  }
  preserveScalarText(document, (value, key) => {
    const warning = findTruncatedText(value, key);
    if (warning === undefined) return;
    const { line, col } = lines.linePos(warning.at);
    warn(`${path}:${line + lineOffset}:${col}: ${warning.text}`);
  });
  const locate = locateInYaml({ file: path, document, lines, lineOffset });
  return checkDefinition(toValue(document, path), locate);
}

/** Parses and checks a JSON spec (`--spec-file`), which has the same fields as the front matter. */
export function parseSpec(text: string, path: string): WorkflowDefinition {
  let value: unknown;
  try {
    value = JSON.parse(withoutByteOrderMark(text));
  } catch (error) {
    throw new ClawTaskError("invalid_json", {
      message: `${path} is not valid JSON: ${getErrorMessage(error)}`,
      remedy: { hint: "write the spec as one JSON object with workflowId, title and nodes" },
      cause: error,
    });
  }
  return checkDefinition(value, locateByName(path));
}

/** Keys whose value is text even when it looks like a number or a boolean (`id: 1`, `title: 2026`). */
const TEXT_KEYS = new Set([
  ...["workflowId", "title", "id", "kind", "prompt", "mode", "path"],
  ...["question", "task", "event", "at", "onFailure", "evidence", "wake"],
]);
const TEXT_LIST_KEYS = new Set(["needs", "requiredFiles", "artifactPaths", "choices"]);

function preserveScalarText(
  document: ReturnType<typeof parseDocument>,
  onScalar: (value: unknown, key: string) => void,
): void {
  const asWritten = (node: unknown): void => {
    if (isScalar(node) && (typeof node.value === "number" || typeof node.value === "boolean"))
      node.value = node.source ?? String(node.value);
  };
  visit(document, {
    Pair(_index, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      if (TEXT_KEYS.has(key)) asWritten(pair.value);
      if (TRUNCATABLE_KEYS.has(key)) onScalar(pair.value, key);
      const items =
        TEXT_LIST_KEYS.has(key) && typeof pair.value === "object" && pair.value !== null && "items" in pair.value
          ? pair.value.items
          : [];
      if (Array.isArray(items)) items.forEach(asWritten);
    },
  });
}

function toValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_YAML_ALIASES });
  } catch (error) {
    throw new ClawTaskError("workflow_invalid", {
      message: `${path}: ${getErrorMessage(error)}`,
      remedy: { hint: "write the values out instead of using YAML aliases" },
      cause: error,
    });
  }
}
