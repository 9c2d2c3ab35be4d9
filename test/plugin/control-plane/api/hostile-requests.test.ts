import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FLOW_ACTIONS } from "../../../../plugin/control-plane/contract/flow-routes.ts";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import { RUN_ACTIONS } from "../../../../plugin/control-plane/contract/run-routes.ts";
import { TASK_ACTIONS } from "../../../../plugin/control-plane/contract/task-routes.ts";
import { busyRegistry, everyGet } from "../support/busy-registry.ts";

const NASTY = [
  "..",
  "../..",
  "../../etc/passwd",
  "a/../../b",
  "a\0b",
  "run:../../x",
  "run:",
  "--help",
  "-x",
  "",
  " ",
  "constructor",
  "__proto__",
  "'; DROP TABLE tasks; --",
  '"',
  "%",
  "_",
  "a".repeat(5_000),
  "\u{10ffff}",
  "\ud800",
  "💥",
  "con",
  "<script>alert(1)</script>",
];
const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary" }), fc.string());

const parts = fc.array(text, { minLength: 3, maxLength: 3 });

function listFields({ body }: (typeof ROUTES)[number]): string[] {
  const variants = ((body?.["anyOf"] as unknown[] | undefined) ?? [body ?? {}]) as { properties?: object }[];
  return variants.flatMap(({ properties = {} }) => Object.keys(properties));
}

function getAction(id: string, number: number): string {
  const known = id === "actOnRun" ? RUN_ACTIONS : id === "actOnTask" ? TASK_ACTIONS : FLOW_ACTIONS;
  return known[number % known.length] ?? "";
}

/** Lone surrogates have no UTF-8, so no client can send them. */
const encoded = (value: string): string => encodeURIComponent(value.replaceAll(/\p{Surrogate}/gu, "?"));

describe("an arbitrary API request", () => {
  it("never breaks the server or changes unrelated data", async () => {
    const busy = await busyRegistry();
    const { api } = busy;
    const broken: string[] = [];
    const seen = new Map<number, number>();
    api.context.problem = (message) => broken.push(message);
    const before = (await api.get("/api/runs/demo/journal")).json.lastSeq;
    const route = fc.constantFrom(...ROUTES.filter(({ external, id }) => external !== true && id !== "maintainLedger"));
    const property = fc.asyncProperty(
      route,
      parts,
      fc.jsonValue(),
      text,
      fc.nat(3),
      async (one, given, json, more, how) => {
        let index = 0;
        const next = (): string => given[index++ % given.length] ?? "";
        const path = one.path.replaceAll(/\{(\w+)\}/g, (name) =>
          name === "{action}" && how > 0 ? getAction(one.id, index + given.length + how) : encoded(next() || "x"),
        );
        const query = Object.keys(one.query?.properties ?? {}).map((name) => `${name}=${encoded(next())}`);
        const headers: Record<string, string> = how === 3 ? { "if-match": more, "idempotency-key": more } : {};
        const body =
          how === 0 ? json : Object.fromEntries(listFields(one).map((name) => [name, how === 1 ? next() : json]));
        const reply = await api.ask(
          one.method,
          `${path}?${query.join("&")}`,
          one.method === "POST" ? body : undefined,
          {
            headers,
          },
        );
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
        if (reply.status >= 500) broken.push(`${one.method} ${path}?${query.join("&")}: ${reply.text}`);
      },
    );
    await fc.assert(property, { numRuns: 2_000, seed: 5 });
    // Some of it is understood: else nothing was tried.
    expect(seen.get(200)).toBeGreaterThan(100);
    expect(broken).toEqual([]);
    expect((await api.get("/api/runs/demo/journal")).json.lastSeq).toBe(before);
    expect(readdirSync(api.root).sort()).toEqual(
      expect.arrayContaining(["flows", "index.sqlite", "ledger", "runs", "workflows"]),
    );
    for (const path of Object.values(everyGet(busy))) expect((await api.get(path)).status).toBe(200);
  }, 60_000);

  it("leaves the registry unchanged when the caller is read-only", async () => {
    const { api } = await busyRegistry();
    const reader = { caller: { scope: "read" } as const };
    for (const { method, path, external, writes } of ROUTES) {
      if (external === true || method !== "POST") continue;
      expect(writes).toBe(true);
      const target = path.replaceAll(/\{(\w+)\}/g, "demo");
      expect(await api.post(target, {}, reader), path).toMatchObject({ status: 403 });
    }
  });

  it("succeeds exactly once among many at the same revision", async () => {
    const { api } = await busyRegistry();
    const { etag = "" } = (await api.get("/api/runs/demo")).headers;
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        api.post("/api/runs/demo/actions/note", { message: `from ${number}` }, { headers: { "if-match": etag } }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });
});
