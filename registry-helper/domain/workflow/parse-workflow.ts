import { ClawTaskError, getErrorMessage } from "../../model/errors.ts";
import { findExceededBound, parseJsonInput } from "../../model/json.ts";
import { MAX_ALIAS_EXPANSIONS, MAX_YAML_DEPTH, MAX_YAML_VALUES } from "../../model/limits.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { checkConditions } from "./check-conditions.ts";
import { readFrontMatter } from "./front-matter.ts";
import { hasUnenforcedLimit } from "./own-fields.ts";
import { findNode, readYaml, type YamlDocument, YamlProblem } from "./read-yaml.ts";
import { keepDeclaredText, preserveScalarText } from "./scalar-text.ts";
import { locateByName, locateInYaml, type Locate, findTruncatedText, QUOTING_ADVICE } from "./source-positions.ts";
import { findUnknownKeys } from "./unknown-keys.ts";
import { checkDefinition, failAt } from "./validate-definition.ts";

/** Is told of what is allowed but hardly meant, with its position. */
export type Warn = (warning: string) => void;

const UNENFORCED_LIMIT =
  "timeoutMs is not enforced in a workflow that uses OpenTask's fields only, as OpenTask does not enforce it; " +
  "a node's own timeoutMs is enforced";

/**
 * Parses and checks a workflow file: real YAML, every error with its position.
 *
 * @param path named in errors
 * @param warn is told of text that YAML takes for a comment, and of keys that mean nothing, with their positions
 * @throws ClawTaskError `workflow_invalid` | `front_matter_refused` | `too_large` | `invalid_id` | `invalid_path`
 */
export function parseWorkflow(text: string, path: string, warn: Warn = () => undefined): WorkflowDefinition {
  const { value, locate } = readDefinition(text, path, warn);
  return checkWhole(value, locate, warn);
}

/**
 * Parses the workflow of a run that is there: it was checked when the run was made, by the rules of that time.
 *
 * @throws ClawTaskError as `parseWorkflow`
 */
export function parseRecordedWorkflow(text: string, path: string): WorkflowDefinition {
  const { value, locate } = readDefinition(text, path, () => undefined);
  return checkDefinition(value, locate);
}

/** Parses and checks a JSON spec (`--spec-file`), which has the same fields as the front matter. */
export function parseSpec(text: string, path: string, warn: Warn = () => undefined): WorkflowDefinition {
  const value = parseJsonInput(path, text, "write the spec as one JSON object with workflowId, title and nodes");
  keepDeclaredText(value, () => undefined);
  return checkWhole(value, locateByName(path), warn);
}

function checkWhole(value: unknown, locate: Locate, warn: Warn): WorkflowDefinition {
  const definition = checkDefinition(value, locate);
  const warnAt = (at: readonly (string | number)[], warning: string): void => warn(`${locate(at)}: ${warning}`);
  checkConditions(definition, failAt(locate), warnAt);
  for (const { at, warning } of findUnknownKeys(definition)) warnAt(at, warning);
  if (hasUnenforcedLimit(definition)) warnAt(["defaults", "timeoutMs"], UNENFORCED_LIMIT);
  return definition;
}

function readDefinition(text: string, path: string, warn: Warn): { value: unknown; locate: Locate } {
  const { yaml, lineOffset } = readFrontMatter(text, path);
  const found = readDocument(yaml, path, lineOffset);
  const { document, lines } = found;
  preserveScalarText(document, (scalar, key) => {
    const warning = findTruncatedText(scalar, key);
    if (warning === undefined) return;
    const { line, col } = lines.linePos(warning.at);
    warn(`${path}:${line + lineOffset}:${col}: ${warning.text}`);
  });
  const locate = locateInYaml({ file: path, nodeAt: (at) => findNode(document, at), lines, lineOffset });
  const value = toValue(found, path);
  keepDeclaredText(value, (at) => findNode(document, at));
  return { value, locate };
}

function readDocument(yaml: string, path: string, lineOffset: number): YamlDocument {
  try {
    return readYaml(yaml);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const { line, column } = findPosition(yaml, error.at);
    throw new ClawTaskError("workflow_invalid", {
      message: `${path}:${line + lineOffset}:${column}: ${error.message}`,
      remedy: { hint: `fix the YAML at that place. ${QUOTING_ADVICE}` },
    });
  }
}

function findPosition(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function toValue({ document }: YamlDocument, path: string): unknown {
  const fail = (problem: string, cause?: unknown): ClawTaskError =>
    new ClawTaskError("workflow_invalid", {
      message: `${path}: ${problem}`,
      remedy: { hint: "write the values out instead of using YAML aliases" },
      cause,
    });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIAS_EXPANSIONS });
  } catch (error) {
    throw fail(getErrorMessage(error), error);
  }
  // An alias of what it stands in has no end.
  const exceeded = findExceededBound(value, { depth: MAX_YAML_DEPTH, values: MAX_YAML_VALUES });
  if (exceeded !== undefined) throw fail(exceeded);
  return value;
}
