import type { Json, JsonObject } from "../api/response-types.ts";

/** One field of the data that an answer asks for. */
export interface AnswerField {
  name: string;
  label: string;
  hint: string | undefined;
  /** `json`: anything that is no plain value. */
  kind: "text" | "number" | "integer" | "boolean" | "choice" | "json";
  choices: readonly string[];
  isRequired: boolean;
}

/** Fields for the properties of a JSON Schema. The server checks the answer against the whole of it. */
export function toFields(schema: Json | undefined): AnswerField[] {
  if (!isObject(schema) || !isObject(schema["properties"])) return [];
  const needed = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(schema["properties"]).map(([name, spec]) => {
    const about = isObject(spec) ? spec : {};
    const choices = Array.isArray(about["enum"]) ? about["enum"].map(String) : [];
    return {
      name,
      label: typeof about["title"] === "string" ? about["title"] : name,
      hint: typeof about["description"] === "string" ? about["description"] : undefined,
      kind: choices.length > 0 ? "choice" : getFieldKind(about["type"]),
      choices,
      isRequired: needed.includes(name),
    };
  });
}

function getFieldKind(type: Json | undefined): AnswerField["kind"] {
  if (type === "number" || type === "integer" || type === "boolean") return type;
  return type === "string" || type === undefined ? "text" : "json";
}

/** What was filled in, as data; or what is missing, in words. */
export function readAnswer(
  fields: readonly AnswerField[],
  values: Readonly<Record<string, string>>,
): { value: JsonObject | undefined } | { problem: string } {
  if (fields.length === 0) return { value: undefined };
  const data: JsonObject = {};
  for (const field of fields) {
    const text = values[field.name] ?? (field.kind === "boolean" && field.isRequired ? "false" : "");
    if (text.trim() === "") {
      if (field.isRequired) return { problem: `${field.label} is asked for` };
      continue;
    }
    const value = parseValue(field, text);
    if (value === undefined) return { problem: `${field.label} is no ${field.kind === "json" ? "JSON" : field.kind}` };
    data[field.name] = value;
  }
  return { value: data };
}

function parseValue({ kind }: AnswerField, text: string): Json | undefined {
  if (kind === "boolean") return text === "true";
  if (kind === "json") return parsed(text);
  if (kind !== "number" && kind !== "integer") return text;
  const number = Number(text);
  return Number.isFinite(number) && (kind === "number" || Number.isInteger(number)) ? number : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
