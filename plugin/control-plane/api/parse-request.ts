import type { TObject, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { isJsonObject, type JsonObject, MAX_KEY_LENGTH } from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";
import type { ApiRoute } from "../contract/route.ts";

type Query = Record<string, string | number | boolean>;

/**
 * The parameters of a request as their schema has them. An empty one counts as not given: forms send those.
 *
 * @throws ApiProblem `query_invalid`
 */
export function parseQuery(route: ApiRoute, given: URLSearchParams): Query {
  const properties: Record<string, TSchema> = route.query?.properties ?? {};
  const query: Query = {};
  for (const [name, text] of given) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (schema !== undefined) {
      if (text !== "") query[name] = parseValue(schema, text);
      else if (schema["type"] === "boolean") query[name] = true;
      continue;
    }
    // A filter that is misspelt and not looked at would show the wrong things without a word.
    if (route.openTask !== true) throw invalidQuery(name, `there is no such parameter${formatKnownNames(properties)}`);
  }
  validateQuery(route.query, query);
  return query;
}

function formatKnownNames(properties: Record<string, unknown>): string {
  const names = Object.keys(properties);
  return names.length === 0 ? "" : `; there are: ${names.join(", ")}`;
}

function parseValue(schema: TSchema, text: string): string | number | boolean {
  if (schema["type"] === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (schema["type"] === "boolean") {
    if (["1", "true", "yes"].includes(text)) return true;
    if (["0", "false", "no"].includes(text)) return false;
  }
  return text;
}

function validateQuery(schema: TObject | undefined, query: Query): void {
  if (schema === undefined) return;
  const error = Value.Errors(schema, query).First();
  if (error === undefined) return;
  throw invalidQuery(error.path.slice(1), formatSchemaError(error));
}

function invalidQuery(name: string, what: string): ApiProblem {
  return new ApiProblem("query_invalid", {
    detail: `parameter ${name}: ${what}`,
    remedy: { hint: "GET /api/openapi.json", scope: "api" },
    details: { parameter: name },
  });
}

/**
 * The body of a request; no body is an empty one where the route lets it be away.
 *
 * @throws ApiProblem `body_invalid`
 */
export function parseBody(route: ApiRoute, given: unknown): JsonObject {
  const body = given ?? null;
  if (route.body === undefined) return isJsonObject(body) ? body : {};
  // An error in a union says nothing: what is meant is the object in it.
  const variants = (route.body["anyOf"] as TSchema[] | undefined) ?? [route.body];
  const isOptional = variants.some(({ type }) => type === "null");
  if (body === null && isOptional) return {};
  const schema = variants.find(({ type }) => type === "object") ?? route.body;
  const error = Value.Errors(schema, body).First();
  if (error !== undefined) {
    const location = error.path === "" ? "the body" : error.path.slice(1).replaceAll("/", ".");
    throw new ApiProblem("body_invalid", {
      detail: `${location}: ${formatSchemaError(error)}`,
      remedy: { hint: "GET /api/openapi.json", scope: "api" },
      details: { field: error.path },
    });
  }
  return body as JsonObject;
}

function formatSchemaError({ message, schema }: { message: string; schema: TSchema }): string {
  const choices = schema["enum"] as readonly string[] | undefined;
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

/**
 * The revision that the client saw. `*` means whatever is there.
 *
 * @throws ApiProblem `header_invalid`
 */
export function parseIfMatch(route: ApiRoute, given: string | undefined): number | undefined {
  const text = given?.trim();
  if (text === undefined || text === "" || text === "*") return undefined;
  if (route.ifMatch === undefined)
    throw new ApiProblem("header_invalid", { detail: "If-Match: this route compares nothing with it" });
  const revision = /^(?:W\/)?"?(\d{1,15})"?$/.exec(text)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new ApiProblem("header_invalid", {
    detail: `If-Match: a revision such as "12" is expected, not ${text.slice(0, 60)}`,
    remedy: { hint: "take the ETag of an answer about it", scope: "api" },
  });
}

/** @throws ApiProblem `header_invalid` */
export function parseIdempotencyKey(given: string | undefined): string | undefined {
  const key = given?.trim();
  if (key === undefined || key === "") return undefined;
  if (key.length <= MAX_KEY_LENGTH) return key;
  throw new ApiProblem("header_invalid", {
    detail: `Idempotency-Key: at most ${MAX_KEY_LENGTH} characters, this one has ${key.length}`,
  });
}
