import { isJsonObject, type Json } from "../../../model/json.ts";

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Whether a value is of a kind of JSON. */
export function isOfType(value: Json, type: "number" | "string" | "boolean"): boolean {
  return typeof value === type && (type !== "number" || Number.isFinite(value));
}

/** Whether a value is of a type as a schema names it. A type that JSON does not have fits nothing. */
export function matchesType(value: Json, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    case "number":
    case "string":
    case "boolean":
      return isOfType(value, type);
    default:
      throw new Error(`there is no type ${type}`);
  }
}

/** The same text for values that are equal, whatever the order of their keys. */
export function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] as Json)}`).join(",")}}`;
}

/** A step of a JSON pointer. */
export function pointer(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
