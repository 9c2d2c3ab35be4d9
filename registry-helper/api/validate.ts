import { Kind, type Static, type TSchema, Type, TypeRegistry } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { ClawTaskError } from "../model/errors.ts";
import type { Json as JsonValue } from "../model/json.ts";
import { MAX_JSON_DEPTH } from "../model/limits.ts";

TypeRegistry.Set("ClawTaskJson", (_schema, value) => isJson(value));

/** @internal What survives a journal line: no function, no `undefined`, no number that JSON has no word for. */
export const JsonSchema = Type.Unsafe<JsonValue>({
  [Kind]: "ClawTaskJson",
  description: `a JSON value, nested at most ${MAX_JSON_DEPTH} levels deep`,
});

/** Deeper values are refused, circular ones among them. */
function isJson(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth >= MAX_JSON_DEPTH) return false;
  if (Array.isArray(value)) return value.every((one) => isJson(one, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain && Object.values(value).every((one) => isJson(one, depth + 1));
}

/**
 * @internal Checks what a program passed to the public API, so that a mistake is a typed error and never a line in a journal.
 *
 * @param what the function, as its caller knows it: `createFlow`
 * @returns the value, as its type
 * @throws ClawTaskError `argument_invalid` naming the argument and what is expected of it
 * @example
 * validate("getRun", RunInput, { runId: "report-1" });
 */
export function validate<Schema extends TSchema>(what: string, schema: Schema, value: unknown): Static<Schema> {
  const [error] = Value.Errors(schema, value);
  if (error === undefined) return value;
  const at = error.path.slice(1).replaceAll("/", ".");
  throw new ClawTaskError("argument_invalid", {
    message: `${what}: ${at === "" ? "" : `${at}: `}${formatExpectation(error.schema, error.message)}`,
    facts: { argument: at },
  });
}

/** A schema's own words come first: TypeBox cannot know why a pattern is what it is. */
function formatExpectation(schema: TSchema, message: string): string {
  if (typeof schema["description"] === "string") return `expected ${schema["description"]}`;
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** @internal Methods whose only argument is checked before they run. An argument that may be omitted is `{}` to its schema. */
export function withValidation<Methods extends object>(
  methods: Methods,
  schemas: { readonly [Name in keyof Methods]: TSchema },
): Methods {
  const entries = Object.entries(methods) as [keyof Methods & string, (argument: unknown) => unknown][];
  const checked = entries.map(([name, method]) => [
    name,
    (argument: unknown) => {
      const schema = schemas[name];
      validate(name, schema, argument === undefined && schema["type"] === "object" ? {} : argument);
      return method(argument);
    },
  ]);
  return Object.fromEntries(checked) as Methods;
}
