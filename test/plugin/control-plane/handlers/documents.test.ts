import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiFixture, each } from "../support/api-fixture.ts";

let api: ApiFixture;
const documents = (node: string): ReturnType<ApiFixture["get"]> => api.get(`/api/runs/demo/nodes/${node}/documents`);
const file = (path: string): ReturnType<ApiFixture["get"]> =>
  api.get(`/api/runs/demo/files?path=${encodeURIComponent(path)}`);

beforeEach(() => {
  api = new ApiFixture();
  api.run("demo", {
    nodes: [
      {
        id: "work",
        kind: "subagent",
        mode: "report",
        artifactPaths: ["nodes/work/report.md", "nodes/work/result.json", "nodes/work/data.csv", "nodes/work/pic.png"],
      },
      { id: "summary", kind: "summary", mode: "report", needs: ["work"] },
    ],
  });
});

describe("the documents of a node", () => {
  it("are listed in OpenTask's order with its labels, without missing or binary files", async () => {
    api.write("runs/demo/nodes/work/report.md", "\n\n# Found\n\n");
    api.write("runs/demo/nodes/work/result.json", '{"b":[1,2],"ü":12345678901234567890}');
    api.write("runs/demo/nodes/work/data.csv", "a,b\n1,2\n");
    api.write("runs/demo/nodes/work/pic.png", "not really a picture");
    api.write("runs/demo/nodes/work/plan.md", "1. look");
    api.write("runs/demo/nodes/work/findings.md", Buffer.from([0x61, 0x00, 0x62]));
    api.write("runs/demo/nodes/summary/report.md", "all is well");
    const { json, status } = await documents("work");
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        path: "nodes/work/report.md",
        label: "Report",
        category: "artifact",
        format: "markdown",
        content: "# Found",
        truncated: false,
      },
      {
        path: "nodes/work/plan.md",
        label: "Plan",
        category: "working_memory",
        format: "markdown",
        content: "1. look",
        truncated: false,
      },
      {
        path: "nodes/work/result.json",
        label: "Result",
        category: "artifact",
        format: "json",
        content: '{\n  "b": [\n    1,\n    2\n  ],\n  "ü": 12345678901234567890\n}',
        truncated: false,
      },
      expect.objectContaining({ path: "nodes/work/handoff.md", label: "Handoff", category: "working_memory" }),
      {
        path: "nodes/work/data.csv",
        label: "Artifact",
        category: "artifact",
        format: "text",
        content: "a,b\n1,2",
        truncated: false,
      },
    ]);
    expect(each((await documents("summary")).json, "label")).toEqual(["Summary"]);
  });

  it("are truncated at 12,000 characters", async () => {
    api.write("runs/demo/nodes/work/report.md", "ä".repeat(12_001));
    api.write("runs/demo/nodes/work/data.csv", "x".repeat(12_000));
    const [report, , data] = (await documents("work")).json;
    expect(report).toMatchObject({ truncated: true, content: "ä".repeat(12_000) });
    expect(data).toMatchObject({ truncated: false, content: "x".repeat(12_000) });
  });

  it("omit OpenTask's unchanged templates", async () => {
    const heading = (name: string): string => `# Node work ${name}\n\n`;
    api.write(
      "runs/demo/nodes/work/findings.md",
      `${heading("findings")}Record node-local discoveries, source links, and intermediate conclusions here.\n`,
    );
    api.write("runs/demo/nodes/work/progress.md", heading("progress"));
    api.write("runs/demo/nodes/work/plan.md", `${heading("plan")}1. really do it\n`);
    expect(each((await documents("work")).json, "label")).toEqual(["Plan", "Handoff"]);
  });

  it("are rejected as a whole when a result is not valid JSON", async () => {
    api.write("runs/demo/nodes/work/result.json", "{not json");
    expect(await documents("work")).toMatchObject({ status: 400, json: { code: "invalid_json" } });
  });

  it("are not found for an unknown node or run", async () => {
    expect(await documents("nope")).toMatchObject({ status: 404, json: { detail: "node not found: nope" } });
    expect(await api.get("/api/runs/nope/nodes/work/documents")).toMatchObject({
      status: 404,
      json: { detail: "run not found: nope" },
    });
  });

  it("are rejected when a link leads outside the run folder", async () => {
    api.write("secret.txt", "do not read");
    symlinkSync(join(api.root, "secret.txt"), join(api.root, "runs/demo/nodes/work/report.md"));
    expect(await documents("work")).toMatchObject({
      status: 400,
      json: { detail: "path escapes run directory: nodes/work/report.md", code: "invalid_path" },
    });
  });
});

describe("a file of a run", () => {
  it("is returned with its size, and truncated when it is large", async () => {
    api.write("runs/demo/nodes/work/notes/long.txt", "y".repeat(300_000));
    expect((await file("nodes/work/notes/long.txt")).json).toMatchObject({
      label: "Artifact",
      format: "text",
      truncated: true,
      size: 300_000,
    });
    const { json } = await api.get("/api/runs/demo/file-list");
    expect(each(json.files, "path")).toContain("nodes/work/notes/long.txt");
    expect(each(json.files, "path")).not.toContain("events.jsonl");
  });

  it.each([
    ["../../secret.txt", 400],
    ["/etc/passwd", 400],
    ["nodes/../../../secret.txt", 400],
    ["nodes\\..\\..\\x", 400],
    ["nodes/work/\0", 400],
    ["link.txt", 400],
    ["linked/secret.txt", 400],
    ["events.jsonl", 400],
    ["state.json", 400],
    [".journal.lock", 400],
    ["nodes/work/none.txt", 404],
    ["nodes/work", 404],
    ["nodes/work/pic.png", 415],
    ["nodes/work/zero.txt", 415],
    ["nodes/work/latin.txt", 415],
  ])("is rejected for %j", async (path, status) => {
    api.write("secret.txt", "do not read");
    api.write("outside/secret.txt", "do not read");
    symlinkSync(join(api.root, "secret.txt"), join(api.root, "runs/demo/link.txt"));
    symlinkSync(join(api.root, "outside"), join(api.root, "runs/demo/linked"));
    api.write("runs/demo/nodes/work/pic.png", "text in a picture's name");
    api.write("runs/demo/nodes/work/zero.txt", Buffer.from([1, 0, 2]));
    api.write("runs/demo/nodes/work/latin.txt", Buffer.from([0x66, 0xfc, 0x72]));
    const reply = await file(path);
    expect(reply.status).toBe(status);
    expect(reply.text).not.toContain("do not read");
  });

  it("is rejected when the run id leads outside the registry", async () => {
    api.write("secret/nodes/x.txt", "do not read");
    for (const run of ["..%2Fsecret", "..", "%2e%2e", "..%2f..%2fsecret", "demo%2F..%2F..%2Fsecret"]) {
      const reply = await api.get(`/api/runs/${run}/files?path=nodes/x.txt`);
      expect([400, 404]).toContain(reply.status);
      expect(reply.text).not.toContain("do not read");
    }
  });
});
