import { expect, it } from "vitest";
import { listRuns, openRegistry, withIndex } from "../../../../registry-helper/internal.ts";
import { listRunsFromFiles } from "../../../../registry-helper/views/index/run-rows.ts";
import { useRun } from "../../../support/registry-sandbox.ts";

it("runs are listed the same without SQLite as with the index, and in the same order", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
  sandbox.scaffold("second", "workflows/demo-flow.task.md");
  sandbox.ok("transition-node", "second", "a", "failed");
  sandbox.write("runs/broken/events.jsonl", "not an event\n");
  const registry = openRegistry({ root: sandbox.root });

  const indexed = withIndex(registry, (database) => listRuns(database, { limit: 10 }));
  expect(listRunsFromFiles(registry, { limit: 10 })).toEqual(indexed);
  expect(indexed.map(({ runId, status }) => [runId, status])).toEqual([
    ["second", "running"],
    ["demo", "running"],
    ["broken", "unreadable"],
  ]);
  expect(listRunsFromFiles(registry, { status: "unreadable", limit: 10 })).toHaveLength(1);
  expect(listRunsFromFiles(registry, { workflowId: indexed[0]?.workflowId ?? "", limit: 1 })).toHaveLength(1);
});
