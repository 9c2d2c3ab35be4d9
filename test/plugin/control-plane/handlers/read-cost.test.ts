import { expect, it } from "vitest";
import { openRegistry, scaffoldRun } from "../../../../registry-helper/internal.ts";
import { realFileSystem } from "../../../../registry-helper/storage/file-system.ts";
import { chain } from "../../../support/workflow-text.ts";
import { ApiFixture } from "../support/api-fixture.ts";

/** What a list costs must not grow with the runs that nobody touched. */
it("unchanged files are not opened again", async () => {
  const opened: string[] = [];
  const noted =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      if (/\/(runs|flows|workflows)\//.test(String(args[0]))) opened.push(String(args[0]));
      return call(...args);
    };
  const fs = {
    ...realFileSystem,
    openSync: noted(realFileSystem.openSync),
    readFileSync: noted(realFileSystem.readFileSync),
  } as unknown as typeof realFileSystem;
  const plain = new ApiFixture();
  const api = new ApiFixture({ registry: openRegistry({ root: plain.root, fs, now: () => plain.table.now }) });
  const workflowPath = plain.workflow({ nodes: chain("a", "b") });
  for (let number = 0; number < 40; number += 1) {
    const request = { runId: `r${number}`, workflowPath, sourceSessionKey: "agent:main:main", deliveryContext: null };
    scaffoldRun(plain.registry, request);
  }
  const lists = ["/api/run-list", "/api/runs", "/api/flows", "/api/workflows", "/api/overview", "/api/attention"];
  for (const path of lists) expect((await api.get(path)).status).toBe(200);
  expect(opened.length).toBeGreaterThan(0);
  opened.length = 0;
  for (const path of lists) expect((await api.get(path)).status).toBe(200);
  expect(opened).toEqual([]);
  await plain.cli("pause", "r7");
  for (const path of lists.slice(0, 4)) expect((await api.get(path)).status).toBe(200);
  expect(new Set(opened.map((path) => path.split("/runs/")[1]?.split("/")[0]))).toEqual(new Set(["r7"]));
});
