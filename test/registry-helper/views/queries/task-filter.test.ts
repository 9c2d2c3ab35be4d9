import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTerminalTask } from "../../../../registry-helper/domain/task/evolve.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import { isSettled } from "../../../../registry-helper/domain/task/task-table.ts";
import { LOST_SHOWN_FOR, SHOWN_FOR } from "../../../../registry-helper/model/attention-item.ts";
import { timeOrderedId } from "../../../../registry-helper/model/ids.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { matchesWords } from "../../../../registry-helper/views/index/run-rows.ts";
import { orderNumber, getSearchableText } from "../../../../registry-helper/views/index/task-rows.ts";
import { withIndex } from "../../../../registry-helper/views/index/with-index.ts";
import { firstIdAt, buildSelects, type TaskFilter } from "../../../../registry-helper/views/queries/task-filter.ts";
import { listTasks } from "../../../../registry-helper/views/queries/task-queries.ts";
import { pick, seededRandom, testSeed } from "../../../support/seeded-random.ts";
import { writeSyntheticLedger } from "../../../support/synthetic-ledger.ts";

const COUNT = 1_500;
const HOUR = 3_600 * 1e6;
let registry: Registry;
let all: TaskRecord[];
const now = Date.now() * 1000;

beforeAll(() => {
  registry = openRegistry({ root: mkdtempSync(join(tmpdir(), "clawtask-filter-")) });
  writeSyntheticLedger({ root: registry.root, count: COUNT, days: 12, nowMs: now / 1000 });
  all = withIndex(registry, (database) => listTasks(database, { all: true, limit: COUNT }));
});
afterAll(() => rmSync(registry.root, { recursive: true }));

/** What a filter means, said the slow way. */
function meant(filter: TaskFilter): string[] {
  const { status, runtime, phase, owner, flowId, since, search, before } = filter;
  const isDefault = filter.all !== true && status === undefined && since === undefined && search === undefined;
  const isShown = (task: TaskRecord): boolean => {
    if (!isTerminalTask(task) || !isSettled(task)) return true;
    return task.taskId >= firstIdAt(now - (task.status === "lost" ? LOST_SHOWN_FOR : SHOWN_FOR));
  };
  const exact = all.some(({ requesterSessionKey }) => requesterSessionKey === owner);
  return all
    .filter((task) => status === undefined || task.status === status)
    .filter((task) => runtime === undefined || task.runtime === runtime)
    .filter((task) => phase === undefined || taskStatus(task, now).phase === phase)
    .filter(({ requesterSessionKey: key }) => owner === undefined || (exact ? key === owner : key?.startsWith(owner)))
    .filter((task) => flowId === undefined || task.flowId === flowId)
    .filter(({ taskId }) => since === undefined || taskId >= firstIdAt(since))
    .filter((task) => search === undefined || matchesWords(getSearchableText(task), search))
    .filter(({ taskId }) => before === undefined || taskId < before)
    .filter((task) => !isDefault || isShown(task))
    .map(({ taskId }) => taskId)
    .slice(0, filter.limit);
}

describe("a filtered task list", () => {
  it("contains exactly the matching tasks, newest first, for any combination of filters", () => {
    expect(all).toHaveLength(COUNT);
    const random = seededRandom(testSeed());
    const choices: Record<string, readonly unknown[]> = {
      status: ["queued", "running", "succeeded", "failed", "timed_out", "lost"],
      runtime: ["subagent", "acp", "cron", "exec"],
      phase: ["editing", "stalled", "done", "failed", "queued"],
      owner: ["agent:main:telegram:direct:17", "agent:main:telegram:direct:1", "agent:main", "nobody"],
      flowId: ["f"],
      since: [now - 2 * HOUR, now - 100 * HOUR],
      search: ["report", "rep dep", "Number 77", "zzz", '" OR NEAR('],
      all: [true],
      before: [all[40]?.taskId, all[700]?.taskId],
    };
    withIndex(registry, (database) => {
      for (let round = 0; round < 400; round += 1) {
        const chosen = Object.entries(choices).flatMap(([name, values]) =>
          random() < 0.25 ? [[name, pick(random, values)] as const] : [],
        );
        const filter: TaskFilter = { now, limit: pick(random, [1, 20, COUNT]), ...Object.fromEntries(chosen) };
        expect(
          listTasks(database, filter).map(({ taskId }) => taskId),
          JSON.stringify(filter),
        ).toEqual(meant(filter));
      }
    });
  });

  it("is read from an index in list order, so no query plan sorts", () => {
    withIndex(registry, (database) => {
      const filters: Partial<TaskFilter>[] = [
        {},
        { all: true },
        { status: "failed" },
        { runtime: "cron" },
        { runtime: "cron", status: "failed" },
        { owner: "agent:main:telegram:direct:17" },
        { phase: "done" },
        { since: now - HOUR },
        { search: "report" },
        { search: "report", runtime: "cron" },
      ];
      for (const filter of filters) {
        for (const { sql, values } of buildSelects({ now, limit: 5, ...filter })) {
          const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql("t.record")}`).all({ ...values, limit: 5 });
          const said = plan.map(({ detail }) => String(detail)).join("\n");
          expect(said, JSON.stringify(filter)).not.toContain("TEMP B-TREE");
        }
      }
    });
  });
});

it("order numbers sort like ids", () => {
  const random = seededRandom(3);
  const ids = Array.from({ length: 500 }, () => timeOrderedId("t", 1.6e12 + Math.floor(random() * 1e12), random()));
  const byNumber = [...ids].sort((one, other) => orderNumber(one) - orderNumber(other));
  expect(byNumber).toEqual([...ids].sort());
  expect(ids.every((id) => Number.isSafeInteger(orderNumber(id)))).toBe(true);
  for (const odd of ["", "x", "t-20269999-000000000000", "t-20261120-iiiiiiiiiiii"])
    expect(Number.isSafeInteger(orderNumber(odd))).toBe(true);
});
