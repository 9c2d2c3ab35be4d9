import { describe, expect, it } from "vitest";
import { listTaskDeliveries } from "../../../plugin/delivery/pending-delivery.ts";
import type { TaskRecord } from "../../../registry-helper/internal.ts";
import { CHILD, CHILD_RUN, ROUTE } from "../support/host-samples.ts";
import { LedgerTable } from "../support/ledger-table.ts";

function endedTask(): TaskRecord {
  const table = new LedgerTable();
  const spawn = { runId: CHILD_RUN, childSessionKey: CHILD, route: ROUTE };
  table.handleEvent(
    { kind: "child_started", source: "subagent_spawned", spawn },
    { kind: "child_ended", spawn, outcome: "ok", error: undefined },
  );
  return table.task();
}

describe("whether the host may announce a result again", () => {
  it.each([
    ["subagent", "pending", true],
    ["subagent", "failed", false],
    ["subagent", "delivered", false],
    // Its row speaks of one of two ways; the other one was seen to announce it after a restart.
    ["acp", "failed", true],
    ["acp", "pending", true],
    ["acp", "delivered", false],
    ["exec", "pending", false],
  ] as const)("for a %s row with delivery %s is %s", (runtime, delivery, expected) => {
    const task = { ...endedTask(), runtime, host: { taskId: "row", status: "succeeded", delivery } } as TaskRecord;
    expect(listTaskDeliveries(task)).toMatchObject([{ hostMayRetry: expected }]);
  });
});
