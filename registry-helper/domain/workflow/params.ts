import { ClawTaskError } from "../../model/errors.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { WorkflowParam } from "../../model/workflow-definition.ts";

/** `{{name}}`; with a backslash before it, it is meant as it stands. */
const PLACEHOLDER = /(\\?)\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/g;

/** The parameters that a text stands for, in the order in which they come. */
export function listPlaceholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, escape, name = ""]) => (escape === "" ? [name] : []));
}

/**
 * Puts the values of a run's parameters into a text. One that has no value is left as it is written, and one behind a
 * backslash without the backslash. The text of a workflow without parameters has no placeholders.
 */
export function fillPlaceholders(text: string, params: JsonObject | undefined): string {
  if (params === undefined) return text;
  return text.replace(PLACEHOLDER, (written, escape: string, name: string) => {
    if (escape !== "") return written.slice(escape.length);
    return Object.hasOwn(params, name) ? String(params[name]) : written;
  });
}

/**
 * The values that a run begins with: what was given, then the defaults.
 *
 * @throws ClawTaskError `params_invalid` for one that is missing, unknown, or of another type
 * @example resolveParams({ n: { type: "integer" } }, { n: "3" }) // { n: 3 }
 */
export function resolveParams(specs: Readonly<Record<string, WorkflowParam>>, given: JsonObject): JsonObject {
  const names = Object.keys(specs);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined)
    throw invalid(
      `the workflow has no parameter ${unknown}`,
      names.length === 0 ? "it takes none" : `it takes: ${names.join(", ")}`,
    );
  const values: JsonObject = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    if (value === undefined)
      throw invalid(
        `parameter ${name} is missing${spec.description === undefined ? "" : `: ${spec.description}`}`,
        `add --set ${name}=<${spec.type}>`,
      );
    values[name] = parseParam(name, spec, value);
  }
  return values;
}

function parseParam(name: string, spec: WorkflowParam, value: Json): Json {
  const typed = asType(spec.type, value);
  if (typed === undefined)
    throw invalid(
      `parameter ${name} is no ${spec.type}: ${JSON.stringify(value)}`,
      `give --set ${name}=<${spec.type}>`,
    );
  if (spec.enum !== undefined && !spec.enum.some((allowed) => asType(spec.type, allowed) === typed))
    throw invalid(`parameter ${name} cannot be ${String(typed)}`, `one of: ${spec.enum.join(", ")}`);
  return typed;
}

/** A command line gives text; numbers and truth values are read from it. */
function asType(type: WorkflowParam["type"], value: Json): Json | undefined {
  if (type === "string") return typeof value === "object" ? undefined : String(value);
  if (type === "boolean") {
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : undefined;
  }
  const isNumber = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const number = isNumber ? Number(value) : Number.NaN;
  if (!Number.isFinite(number) || (type === "integer" && !Number.isSafeInteger(number))) return undefined;
  return number;
}

function invalid(message: string, hint: string): ClawTaskError {
  return new ClawTaskError("params_invalid", { message, remedy: { hint, scope: "command line" } });
}
