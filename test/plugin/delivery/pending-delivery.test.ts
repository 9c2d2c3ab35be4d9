import { describe, expect, it } from "vitest";
import { listRunDeliveries, listTaskDeliveries } from "../../../plugin/delivery/pending-delivery.ts";
import type { TaskRecord } from "../../../registry-helper/internal.ts";
import { PlayedRun } from "../../support/played-run.ts";
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

describe("the question of an approval", () => {
  const context = { channel: "telegram", to: "telegram:42" };
  const ask = (approval: object, id = "ok") => {
    const run = new PlayedRun([{ id, kind: "approval", more: { approval } }], { deliveryContext: context });
    run.claim([id]);
    return (approvals?: object) => listRunDeliveries(run.document.state, undefined, approvals)[0];
  };

  it.each([
    ["yes or no", {}, ["approve: /run approve demo ok", "reject: /run reject demo ok"]],
    [
      "choices",
      { choices: ["send", "send as draft", "drop"] },
      [
        "send: /run approve demo ok send",
        "send as draft: /run approve demo ok send as draft",
        "drop: /run reject demo ok",
      ],
    ],
    ["two choices", { choices: ["go", "stop"] }, ["go: /run approve demo ok", "stop: /run reject demo ok"]],
    ["an answer with data", { schema: { type: "object" } }, []],
    ["more than fit", { choices: ["a", "b", "c", "d", "e", "f", "g"] }, []],
    ["a command that no button carries", { choices: ["x".repeat(50), "y", "no"] }, []],
  ])("has a button for each choice: %s", (_name, approval, expected) => {
    const buttons = ask(approval)()?.buttons ?? [];
    expect(buttons.map(({ label, command }) => `${label}: ${command}`)).toEqual(expected);
    expect(buttons.filter(({ isRejection }) => isRejection)).toHaveLength(expected.length === 0 ? 0 : 1);
  });

  it("says to answer the agent only where that counts", () => {
    const line = "/run approve demo ok · /run reject demo ok";
    expect(ask({})()?.body).toBe(`Answer the agent, or: ${line}`);
    expect(ask({ authority: "verified" })()?.body).toBe(`Answer with: ${line}`);
    expect(ask({})({ authority: "verified" })?.body).toBe(`Answer with: ${line}`);
  });
});

describe("the outcome of a run", () => {
  it("begins with what is unverified and what nobody answered", () => {
    const nodes = [
      { id: "draft", artifactPaths: ["nodes/draft/report.md"] },
      { id: "ok", kind: "approval", needs: ["draft"] },
    ] as const;
    const run = new PlayedRun(nodes, { deliveryContext: { channel: "telegram", to: "telegram:42" } });
    run.to("draft", "running");
    run.to("draft", "completed", { missingArtifacts: ["nodes/draft/report.md"] });
    run.control("skip", "ok");
    const [open] = listRunDeliveries(run.document.state, "# Done");
    expect(open?.body).toBe(
      "⚠️ unverified: draft completed without nodes/draft/report.md\n⚠️ no answer: ok bypassed by ana, skipped without an answer\n\n# Done",
    );
  });
});
