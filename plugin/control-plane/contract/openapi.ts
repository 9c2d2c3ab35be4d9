import type { TSchema } from "@sinclair/typebox";
import { version } from "../../../registry-helper/internal.ts";
import { ProblemSchema } from "./attention-schemas.ts";
import { PROBLEM_MEDIA_TYPE, getHttpStatus } from "./problem.ts";
import type { ApiRoute } from "./route.ts";
import { ROUTES } from "./routes.ts";

type Part = Record<string, unknown>;

/** Problems that every route can answer with. */
const COMMON_PROBLEMS = ["query_invalid", "internal", "registry_unreadable"];
const WRITE_PROBLEMS = ["read_only", "body_invalid", "journal_busy", "registry_unwritable"];

/** The OpenAPI 3.1 document of the API, made from the table of routes. */
export function openApiDocument(): Part {
  const components = new Components();
  const paths: Record<string, Part> = {};
  for (const route of ROUTES) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = toOperation(route, components);
  }
  components.add(ProblemSchema);
  return {
    openapi: "3.1.0",
    info: {
      title: "ClawTask",
      version,
      summary: "Workflow runs, tasks and flows of a registry",
      license: { name: "MIT", identifier: "MIT" },
    },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    security: [{ token: [] }],
    tags: [...new Set(ROUTES.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: components.schemas,
    },
  };
}

/** Schemas with a name, each once. */
class Components {
  readonly schemas: Record<string, Part> = {};

  add(schema: TSchema): Part {
    const name = schema["$id"];
    if (typeof name !== "string") return this.inline(schema) as Part;
    if (this.schemas[name] === undefined) {
      // Noted before it is filled, for schemas that contain each other.
      this.schemas[name] = {};
      const { $id: _id, ...rest } = schema;
      this.schemas[name] = this.inline(rest) as Part;
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  private inline(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.part(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.part(item)]));
  }

  private part(value: unknown): unknown {
    return isNamed(value) ? this.add(value) : this.inline(value);
  }
}

function isNamed(value: unknown): value is TSchema {
  return typeof value === "object" && value !== null && typeof (value as Part)["$id"] === "string";
}

function toOperation(route: ApiRoute, components: Components): Part {
  const { id, tag, summary, body, writes, external } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route, components), ...headerParameters(route)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, components) }),
    responses: { ...success(route, components), ...toProblemResponses(route) },
    ...(external === true && writes !== true && id === "exchangeLink" ? { security: [] } : {}),
  };
}

function pathParameters({ path, params = {} }: ApiRoute): Part[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...(params[name] === undefined ? {} : { description: params[name] }),
  }));
}

function queryParameters({ query }: ApiRoute, components: Components): Part[] {
  const properties = (query?.properties ?? {}) as Record<string, TSchema>;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: query?.required?.includes(name) === true,
    schema: components.add(schema),
    ...(schema.description === undefined ? {} : { description: schema.description }),
  }));
}

function headerParameters({ writes, ifMatch }: ApiRoute): Part[] {
  const schema = { type: "string" };
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    schema: { ...schema, maxLength: 256 },
    description: "The same key again gets the first answer and changes nothing",
  };
  const match = {
    name: "If-Match",
    in: "header",
    required: false,
    schema,
    description: `The ETag of the ${ifMatch ?? ""} as it was seen; 412 when it has changed since`,
  };
  return [...(writes === true ? [key] : []), ...(ifMatch === undefined ? [] : [match])];
}

/** No body at all is what `null` in a schema stands for. */
function requestBody(body: TSchema, components: Components): Part {
  const variants = (body["anyOf"] as TSchema[] | undefined) ?? [body];
  const schema = variants.find(({ type }) => type === "object") ?? body;
  return {
    required: !variants.some(({ type }) => type === "null"),
    content: { "application/json": { schema: components.add(schema) } },
  };
}

function success({ answer, status = 200, etag }: ApiRoute, components: Components): Part {
  const isText = "mediaType" in answer;
  const content = isText
    ? { [String(answer["mediaType"])]: { schema: { type: "string" } } }
    : { "application/json": { schema: components.add(answer) } };
  const headers = { ETag: { description: "Its revision, for If-Match", schema: { type: "string" } } };
  return {
    [String(status)]: {
      description: status === 101 ? "The socket is open" : status === 201 ? "It is there" : "The answer",
      ...(etag === true ? { headers } : {}),
      ...(status === 101 ? {} : { content }),
    },
  };
}

function toProblemResponses({ problems = [], writes, ifMatch, external }: ApiRoute): Part {
  const codes = [...COMMON_PROBLEMS, ...(writes === true && external !== true ? WRITE_PROBLEMS : []), ...problems];
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const status = getHttpStatus(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (ifMatch !== undefined) byStatus.set(412, ["revision_conflict"]);
  const entries = [...byStatus].sort(([one], [other]) => one - other);
  return Object.fromEntries(
    entries.map(([status, names]) => [
      String(status),
      {
        description: [...new Set(names)].join(", "),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}
