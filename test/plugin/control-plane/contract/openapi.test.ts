import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../../../plugin/control-plane/contract/openapi.ts";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import { busyRegistry, everyGet } from "../support/busy-registry.ts";

type Part = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string; required: boolean; schema: Part }[];
  requestBody?: { content: Record<string, { schema: Part }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Part }> }>;
}

/** As a client gets it: nothing but JSON. */
const document = JSON.parse(JSON.stringify(openApiDocument())) as {
  openapi: string;
  info: Part;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Part>; securitySchemes: Part };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

function ajv(): Ajv2020 {
  const made = new Ajv2020({ strict: false, allErrors: true });
  made.addSchema({ $id: "doc", components: document.components });
  return made;
}

/** A schema of the document with its references made absolute. */
function toStandalone(schema: Part): Part {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/')) as Part;
}

function listRefs(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "$ref" in value && typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(listRefs)];
}

describe("the OpenAPI document", () => {
  it("has the parts that OpenAPI 3.1 requires", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info).toMatchObject({ title: "ClawTask", version: expect.any(String) });
    for (const { path, operation } of operations) {
      expect(operation.summary).not.toBe("");
      expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[1-5]\d\d$/);
        expect(description).not.toBe("");
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? []).filter((one) => one.in === "path");
      expect(described.map(({ name }) => name)).toEqual(inPath);
      expect(described.every(({ required }) => required)).toBe(true);
      const names = (operation.parameters ?? []).map((one) => `${one.in} ${one.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("lists every route once and no other", () => {
    const listed = operations.map(
      ({ path, method, operation }) => `${method.toUpperCase()} ${path} ${operation.operationId}`,
    );
    expect(listed.sort()).toEqual(ROUTES.map(({ id, method, path }) => `${method} ${path} ${id}`).sort());
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
  });

  it("has valid schemas and references that resolve", () => {
    for (const ref of listRefs(document)) {
      const [, name = ""] = /^#\/components\/schemas\/(\w+)$/.exec(ref) ?? [];
      expect(document.components.schemas, ref).toHaveProperty(name);
    }
    const checker = ajv();
    const schemas = operations.flatMap(({ operation }) => [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...[operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.values(part?.content ?? {}).map(({ schema }) => schema),
      ),
    ]);
    for (const schema of [...schemas, ...Object.values(document.components.schemas)])
      expect(() => checker.compile(toStandalone(schema))).not.toThrow();
    expect(JSON.stringify(document)).not.toContain('"$id"');
  });

  it("describes the actual response of every GET route", async () => {
    const busy = await busyRegistry();
    const paths = everyGet(busy);
    const wanted = ROUTES.filter(({ method, external }) => method === "GET" && external !== true);
    expect(Object.keys(paths).sort()).toEqual(wanted.map(({ id }) => id).sort());
    const checker = ajv();
    for (const { operation } of operations) {
      const url = paths[operation.operationId];
      if (url === undefined) continue;
      const reply = await busy.api.get(url);
      expect(reply.status, `${url}: ${reply.text.slice(0, 300)}`).toBe(200);
      const [mediaType = "", { schema } = { schema: {} }] =
        Object.entries(operation.responses["200"]?.content ?? {})[0] ?? [];
      expect(reply.headers["content-type"]).toBe(mediaType);
      if (mediaType !== "application/json") continue;
      const check = checker.compile(toStandalone(schema));
      check(reply.json);
      expect(check.errors ?? [], url).toEqual([]);
    }
  });

  it("describes problem responses", async () => {
    const { api } = await busyRegistry();
    const check = ajv().compile({ $ref: "doc#/components/schemas/Problem" });
    for (const path of ["/api/runs/nope", "/api/nope", "/api/tasks?limit=0", "/api/tasks?nope=1", "/api/runs/ruined"]) {
      const reply = await api.get(path);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.headers["content-type"]).toBe("application/problem+json");
      check(reply.json);
      expect(check.errors ?? [], path).toEqual([]);
      expect(reply.json.status).toBe(reply.status);
    }
  });

  it("describes the responses to changes", async () => {
    const { api, taskId, flowId } = await busyRegistry();
    const changes: [id: string, path: string, body: unknown][] = [
      ["actOnRun", "/api/runs/demo/actions/note", { message: "x" }],
      ["createRun", "/api/runs", { taskText: "count" }],
      ["forkRun", "/api/runs/demo/fork", { from: "a" }],
      ["startWorkflowRun", "/api/workflows/flow/runs", undefined],
      ["actOnTask", `/api/tasks/${taskId}/actions/cancel`, undefined],
      ["createFlow", "/api/flows", { title: "T" }],
      ["actOnFlow", `/api/flows/${flowId}/actions/resume`, {}],
      ["maintainLedger", "/api/audit/repair", {}],
    ];
    const writing = ROUTES.filter(({ writes }) => writes === true).map(({ id }) => id);
    expect(changes.map(([id]) => id).sort()).toEqual(writing.sort());
    const checker = ajv();
    for (const [id, path, body] of changes) {
      const reply = await api.post(path, body);
      const { operation } = operations.find((one) => one.operation.operationId === id) ?? {};
      const schema = operation?.responses[String(reply.status)]?.content?.["application/json"]?.schema;
      expect(schema, `${id} ${reply.status} ${reply.text}`).toBeDefined();
      const check = checker.compile(toStandalone(schema ?? {}));
      check(reply.json);
      expect(check.errors ?? [], id).toEqual([]);
    }
  });
});
