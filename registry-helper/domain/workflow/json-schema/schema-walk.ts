import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import { compilePattern } from "./linear-pattern.ts";

/** Where a schema holds further schemas: by themselves, in a list, or by name. */
const SINGLE = [
  "additionalItems",
  "additionalProperties",
  "contains",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
];
const LISTS = ["allOf", "anyOf", "items", "oneOf"];
const MAPS = ["$defs", "definitions", "dependencies", "patternProperties", "properties"];
/** Schemas within schemas, which are looked at without recursion. */
const MAX_SCHEMAS = 20_000;

/** Every pattern of a schema, wherever it stands. */
function* findPatterns(root: Json): Generator<string> {
  const open: Json[] = [root];
  for (let count = 0; open.length > 0; count += 1) {
    if (count >= MAX_SCHEMAS) throw new Error(`it has more than ${MAX_SCHEMAS} parts`);
    const schema = open.pop();
    if (!isJsonObject(schema)) continue;
    if (typeof schema["pattern"] === "string") yield schema["pattern"];
    if (isJsonObject(schema["patternProperties"])) yield* Object.keys(schema["patternProperties"]);
    open.push(...listChildren(schema));
  }
}

function listChildren(schema: JsonObject): Json[] {
  const values = (value: Json | undefined): Json[] => (isJsonObject(value) ? Object.values(value) : []);
  const items = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
  return [
    ...SINGLE.flatMap((key) => (schema[key] === undefined ? [] : [schema[key]])),
    ...LISTS.flatMap((key) => items(schema[key])),
    ...MAPS.flatMap((key) => values(schema[key])),
  ];
}

/**
 * Looks for patterns that cannot be matched in linear time, before anything is run with them.
 *
 * @returns the first one, in words; undefined when all can be used
 */
export function findPatternProblem(schema: Json): string | undefined {
  try {
    for (const pattern of findPatterns(schema)) compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
