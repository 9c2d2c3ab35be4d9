import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ApiFixture, each } from "../support/api-fixture.ts";
import { busyRegistry } from "../support/busy-registry.ts";

const LINE = /^([a-z_]+)(?:\{([^{}]*)\})? (-?\d+(?:\.\d+)?)$/;

describe("GET /metrics", () => {
  it("returns Prometheus text with each family once, its type and a fixed set of labels", async () => {
    const { api, taskId } = await busyRegistry(
      new ApiFixture({
        facts: () => ({
          version: "1.2.3",
          startedAt: new Date(Date.now() - 60_000).toISOString(),
          streams: { clients: 3, dropped: { slow_reader: 2 } },
          memoryBytes: 1_000,
        }),
      }),
    );
    const { text, headers } = await api.get("/metrics");
    expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
    const families = new Map<string, string>();
    const samples = new Map<string, number>();
    let current = "";
    for (const line of text.trimEnd().split("\n")) {
      const [, type = "", name = "", rest = ""] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
      if (type === "HELP") {
        expect(families.has(name)).toBe(false);
        families.set(name, "");
        current = name;
      } else if (type === "TYPE") {
        expect(["gauge", "counter"]).toContain(rest);
        families.set(name, rest);
      } else {
        const [, sample = "", labels = "", value = ""] = LINE.exec(line) ?? [];
        expect(sample, line).toBe(current);
        expect(samples.has(`${sample}{${labels}}`)).toBe(false);
        samples.set(`${sample}{${labels}}`, Number(value));
      }
    }
    expect(samples.get('clawtask_tasks{runtime="subagent",status="running"}')).toBe(1);
    expect(samples.get('clawtask_tasks{runtime="subagent",status="failed"}')).toBe(1);
    expect(samples.get('clawtask_runs{status="running"}')).toBe(3);
    expect(samples.get('clawtask_runs{status="unreadable"}')).toBe(1);
    expect(samples.get('clawtask_attention{kind="waiting_approval"}')).toBe(1);
    expect(samples.get("clawtask_stream_clients{}")).toBe(3);
    expect(samples.get('clawtask_streams_dropped_total{reason="slow_reader"}')).toBe(2);
    expect(samples.get("clawtask_uptime_seconds{}")).toBeGreaterThanOrEqual(60);
    expect(samples.get("clawtask_recorder_up{}")).toBe(0);
    for (const name of [taskId, "demo", "alpha", "flow"]) expect(text).not.toContain(`"${name}"`);
    const before = samples.size;
    for (let number = 0; number < 5; number += 1) api.run(`more-${number}`, { nodes: [{ id: "a" }] });
    expect(
      (await api.get("/metrics")).text.split("\n").filter((line) => !line.startsWith("#") && line !== ""),
    ).toHaveLength(before);
  });
});

describe("GET /api/health", () => {
  it("reports a healthy registry without a gateway", async () => {
    const api = new ApiFixture();
    api.run("demo", { nodes: [{ id: "a" }] });
    const { json } = await api.get("/api/health");
    expect(json).toMatchObject({
      ok: true,
      recorder: null,
      index: { runs: 1, unreadableRuns: 0 },
      outbox: { open: 0 },
    });
    expect(json.capabilities.subagent).toMatchObject({ canCancel: true });
    expect(json.checks).toContainEqual(expect.objectContaining({ name: "recorder", ok: true, level: "warn" }));
  });

  it("reports damaged runs and a missing gateway", async () => {
    const { api } = await busyRegistry();
    const note = (writtenAt: number, connection: object): void =>
      api.write(
        ".gateway.json",
        JSON.stringify({
          ...{ pid: 1, startedAt: "2026-11-20T00:00:00Z", version: "0.1.0", hostVersion: "2026.9.6", sends: true },
          ...{ writtenAt: new Date(writtenAt).toISOString(), connection, backlog: 4, openDeliveries: 1 },
        }),
      );
    const now = Date.now();
    note(now, { connected: true });
    const well = (await api.get("/api/health")).json;
    expect(well).toMatchObject({ ok: false, recorder: { backlog: 4, stale: false, hostVersion: "2026.9.6" } });
    const bad = (json: { checks: { name: string; ok: boolean; next?: string }[] }): string[] =>
      json.checks.flatMap(({ name, ok, next }) => (ok ? [] : [`${name}: ${next ?? ""}`]));
    expect(bad(well as never)).toEqual(["runs: clawtask verify"]);
    note(now - 120_000, { connected: true });
    expect(bad((await api.get("/api/health")).json as never)).toContain("recorder: openclaw gateway start");
    note(now, { connected: false, why: "refused" });
    expect(bad((await api.get("/api/health")).json as never)).toContain("recorder: clawtask doctor");
    api.write(".gateway.json", "{half");
    expect((await api.get("/api/health")).json.recorder).toBeNull();
  });

  it("works on a registry that does not exist yet", async () => {
    const api = new ApiFixture();
    expect((await api.get("/api/health")).status).toBe(200);
    expect((await api.get("/api/runs")).json).toEqual([]);
    expect((await api.get("/api/workflows")).json.workflows).toEqual([]);
  });
});

describe("the audit", () => {
  it("reports problems and repairs those that maintenance can fix", async () => {
    const { api } = await busyRegistry();
    mkdirSync(join(api.root, "ledger"), { recursive: true });
    writeFileSync(join(api.root, "ledger/2026-11-19.jsonl"), "rubbish\n");
    const { json } = await api.get("/api/audit");
    expect(json).toMatchObject({ ok: false, counts: { damaged_line: 1 } });
    expect((await api.get("/api/audit?code=lost")).json.findings).toEqual([]);
    expect(await api.get("/api/audit?code=lots")).toMatchObject({ status: 400, json: { code: "query_invalid" } });
    const planned = await api.post("/api/audit/repair", {});
    expect(planned.json).toMatchObject({ ok: true, applied: false });
    expect((await api.post("/api/audit/repair", { apply: true })).json).toMatchObject({ ok: true, applied: true });
    expect((await api.get("/api/audit")).json.counts["damaged_line"]).toBeUndefined();
    expect((await api.get("/api/tasks?all=true")).json.tasks).toHaveLength(2);
  });
});

describe("workflows", () => {
  it("are listed with their problems, and also when only their runs remain", async () => {
    const { api } = await busyRegistry();
    const { json } = await api.get("/api/workflows");
    expect(json.workflows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ workflowId: "flow", nodes: 4, runs: 2, problem: null }),
        expect.objectContaining({ path: "workflows/bad.task.md", workflowId: null, problem: expect.anything() }),
      ]),
    );
    expect((await api.get("/api/workflows/flow")).json).toMatchObject({
      path: "workflows/flow.task.md",
      definition: { nodes: [{ id: "a" }, { id: "gate" }, { id: "pause" }, { id: "b" }] },
      versions: [{ runs: 2, open: 2 }],
      runs: [{ runId: "forked" }, { runId: "demo" }],
    });
    api.workflow({ workflowId: "flow", title: "New", nodes: [{ id: "only" }] });
    const changed = (await api.get("/api/runs/demo/detail")).json.workflow;
    expect(changed.version).not.toBe(changed.currentVersion);
    expect((await api.get("/api/workflows/flow/graph")).json.nodes).toHaveLength(1);
    api.write("workflows/other.task.md", "");
    expect((await api.get("/api/workflows/other")).json).toMatchObject({ path: null, definition: null, runs: [{}] });
    expect(await api.get("/api/workflows/none")).toMatchObject({ status: 404, json: { code: "workflow_not_found" } });
  });
});

describe("the history of a run", () => {
  it("can be read by position and by time", async () => {
    const { api } = await busyRegistry();
    const { json } = await api.get("/api/runs/demo/at?seq=2");
    expect(json).toMatchObject({ seq: 2, state: { nodes: [{ id: "a", status: "ready" }, {}, {}, {}] } });
    expect(json.lastSeq).toBeGreaterThan(2);
    const time = encodeURIComponent(String(json.state.updatedAt));
    expect((await api.get(`/api/runs/demo/at?time=${time}`)).json.seq).toBeGreaterThanOrEqual(1);
    for (const query of ["", "?seq=1&time=1h", "?seq=0", "?seq=-1", "?time=soon"])
      expect(await api.get(`/api/runs/demo/at${query}`)).toMatchObject({
        status: 400,
        json: { code: "query_invalid" },
      });
  });

  it("is returned as a journal in consecutive pages", async () => {
    const { api } = await busyRegistry();
    const all = (await api.get("/api/runs/demo/journal?limit=1000")).json;
    const seqs: unknown[] = [];
    for (let after: unknown = 0; after !== null;) {
      const { json } = await api.get(`/api/runs/demo/journal?limit=4&after=${String(after)}`);
      seqs.push(...each(json.events, "seq"));
      after = json.next;
    }
    expect(seqs).toEqual(each(all.events, "seq"));
    expect(all).toMatchObject({ next: null, lastSeq: seqs.length });
    const events = (await api.get("/api/runs/demo/events")).json;
    expect(each(events, "event")).toEqual(each(all.events, "event"));
    expect((await api.get("/api/runs/nope/events")).json).toEqual([]);
    expect((await api.get("/api/runs/nope/journal")).status).toBe(404);
  });
});
