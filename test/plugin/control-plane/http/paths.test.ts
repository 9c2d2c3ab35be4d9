import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readStaticFiles } from "../../../../plugin/control-plane/http/static-files.ts";
import { useTempFolder } from "../../support/temp-folder.ts";
import { useUnchangedRegistry } from "../support/served-registry.ts";

const SECRET = "nobody is to read this";
const CLIMBS = ["..", "%2e%2e", "..%2f..", "%2e%2e%2f", "..%5c", "%252e%252e", ".%00.", "%c0%ae%c0%ae"];

describe("path traversal", () => {
  const served = useUnchangedRegistry(({ sandbox }) => {
    sandbox.write("secret.txt", SECRET);
    sandbox.write("page/index.html", "<p>page</p>");
    sandbox.write("page/app-0123abcd.js", "1");
    symlinkSync(sandbox.path("secret.txt"), sandbox.path("page/link.txt"));
    symlinkSync(sandbox.root, sandbox.path("page/folder"));
    mkdirSync(sandbox.path("runs/demo/nodes/a"), { recursive: true });
    symlinkSync(sandbox.path("secret.txt"), sandbox.path("runs/demo/nodes/a/report.md"));
    symlinkSync(sandbox.root, sandbox.path("runs/demo/nodes/a/out"));
    symlinkSync(sandbox.root, sandbox.path("runs/linked"));
    return {};
  });

  it("is rejected for runs, nodes and documents, by dots or by links", async () => {
    const paths = [
      ...CLIMBS.flatMap((climb) => [
        `/api/runs/${climb}`,
        `/api/runs/${climb}/events`,
        `/api/runs/${climb}/${climb}/secret.txt`,
        `/api/runs/demo/nodes/${climb}/documents`,
        `/api/runs/demo/file?path=${climb}/secret.txt`,
        `/api/runs/demo/files?path=${climb}/${climb}/secret.txt`,
        `/api/workflows/${climb}`,
        `/api/tasks/${climb}`,
        `/api/flows/${climb}`,
        `/${climb}/secret.txt`,
      ]),
      "/api/runs/linked",
      "/api/runs/demo/nodes/a/documents",
      "/api/runs/demo/files?path=nodes/a/report.md",
      "/api/runs/demo/files?path=nodes/a/out/secret.txt",
      "/api/runs/demo/file?path=nodes/a/report.md",
      `/api/runs/demo/files?path=${encodeURIComponent(served.sandbox.path("secret.txt"))}`,
      `/api/runs/demo/files?path=${encodeURIComponent("/etc/passwd")}`,
    ];
    for (const path of paths) {
      const { text, status } = await served.get(path);
      expect(text, path).not.toContain(SECRET);
      expect(text, path).not.toContain("root:");
      expect(status, path).toBeLessThan(500);
    }
    expect((await served.get("/api/runs/linked")).status).toBeGreaterThanOrEqual(400);
  });

  it("is rejected for streams as if the run did not exist", async () => {
    for (const climb of CLIMBS.slice(2, 6)) {
      const client = served.webSocket(`/api/runs/${climb}/stream`);
      const { status } = await client.opened;
      if (status === 101) expect(await client.closed, climb).toMatchObject({ code: 4404 });
      else expect(status, climb).toBeGreaterThanOrEqual(400);
    }
  });

  it("is impossible for static files, which are loaded at start without links", async () => {
    const folder = useTempFolder();
    writeFileSync(join(folder, "index.html"), "<p>page</p>");
    writeFileSync(join(folder, "secret.txt"), SECRET);
    mkdirSync(join(folder, "page"));
    writeFileSync(join(folder, "page", "index.html"), "<p>page</p>");
    symlinkSync(join(folder, "secret.txt"), join(folder, "page", "link.txt"));
    symlinkSync(folder, join(folder, "page", "folder"));
    linkSync(join(folder, "page", "index.html"), join(folder, "page", "same.html"));
    const files = await readStaticFiles(join(folder, "page"));

    expect(["/", "/index.html", "/same.html"].map((path) => files.has(path))).toEqual([true, true, true]);
    for (const path of [
      "/link.txt",
      "/folder/secret.txt",
      "/../secret.txt",
      "/..%2fsecret.txt",
      "//secret.txt",
      "secret.txt",
      "",
    ])
      expect(files.has(path), path).toBe(false);
  });
});
