import { describe, expect, it } from "vitest";
import { planNode } from "../../../../registry-helper/domain/run/decide/plan-run.ts";
import { getErrorCode } from "../../../support/get-error-code.ts";
import { NOON, PlayedRun } from "../../../support/played-run.ts";
import { chain } from "../../../support/workflow-text.ts";

const ROUTE = { channel: "telegram", to: "telegram:1" };
const statuses = (run: PlayedRun): string =>
  run.document.state.nodes.map(({ id, status, reason }) => `${id} ${reason ?? status}`).join(", ");

describe("a control", () => {
  it("is recorded with its actor before its effects, in the same operation", () => {
    const run = new PlayedRun(chain("a"));
    expect(run.control("pause", undefined, { message: "wait for budget" })).toEqual(["control.recorded", "run.paused"]);
    expect(run.events.at(-2)?.control).toMatchObject({ action: "pause", by: "ana", message: "wait for budget" });
    expect(run.events.at(-1)?.by).toBe("ana");
  });

  it("writes nothing when the run already has the requested state", () => {
    const run = new PlayedRun(chain("a"));
    expect(run.control("resume")).toEqual([]);
    run.control("cancel");
    expect(run.control("cancel")).toEqual([]);
  });

  it("that is not possible writes nothing", () => {
    const run = new PlayedRun(chain("a", "b"));
    const before = run.events.length;
    expect(getErrorCode(() => run.control("skip", "nobody"))).toBe("node_not_found");
    expect(getErrorCode(() => run.control("retry"))).toBe("argument_missing");
    expect(getErrorCode(() => run.control("retry", "a"))).toBe("illegal_transition");
    expect(getErrorCode(() => run.control("approve", "a"))).toBe("not_waiting");
    expect(getErrorCode(() => run.control("patch_cron"))).toBe("not_bound");
    expect(getErrorCode(() => run.control("note"))).toBe("argument_missing");
    expect(getErrorCode(() => run.control("send_message", undefined, { message: "x" }))).toBe("not_deliverable");
    expect(run.events).toHaveLength(before);
  });
});

describe("a paused run", () => {
  it("starts nothing new, lets running nodes end, and continues after a resume", () => {
    const run = new PlayedRun(chain("a", "b"));
    run.claim();
    run.control("pause");
    expect(run.status).toBe("paused");
    run.to("a", "completed");
    expect(statuses(run)).toBe("a completed, b ready");
    expect(getErrorCode(() => run.to("b", "running"))).toBe("run_paused");
    expect(getErrorCode(() => run.claim(["b"]))).toBe("run_paused");
    expect(run.claim()).toEqual([]);
    run.control("resume");
    expect(run.claim()).toEqual(["node.started b"]);
  });
});

describe("a cancelled run", () => {
  it("cancels all open nodes, keeps completed ones and plans the delivery", () => {
    const run = new PlayedRun([...chain("a", "b", "c"), { id: "q", kind: "approval" }], { deliveryContext: ROUTE });
    run.complete("a");
    run.claim();
    run.control("cancel", undefined, { message: "too dear" });
    expect(run.status).toBe("cancelled");
    expect(statuses(run)).toBe("a completed, b cancelled, c cancelled, q cancelled");
    expect(run.node("b").status).toBe("failed");
    expect(run.document.state.delivery).toMatchObject({ state: "pending", sender: "host" });
    expect(getErrorCode(() => run.to("b", "ready"))).toBe("run_closed");
    expect(getErrorCode(() => run.control("retry", "b"))).toBe("run_closed");
    expect(getErrorCode(() => run.control("pause"))).toBe("run_closed");
  });
});

describe("an approval", () => {
  const question = { question: "Publish?", choices: ["publish", "draft", "drop"], expiresAfterMs: 60_000 };
  const asked = (approval: object = question): PlayedRun => {
    const run = new PlayedRun([
      { id: "ok", kind: "approval", more: { approval } },
      { id: "end", needs: ["ok"] },
    ]);
    run.claim();
    return run;
  };

  it("records who answered, the answer, the message and when it was asked", () => {
    const run = asked();
    const askedAt = run.node("ok").startedAt;
    run.control("approve", "ok", { message: "but mention the costs", patch: { choice: "draft" } });
    expect(run.node("ok")).toMatchObject({
      status: "completed",
      startedAt: askedAt,
      lastMessage: "draft by ana: but mention the costs",
      answer: { choice: "draft", words: "but mention the costs", by: "ana" },
    });
    expect(run.node("end").status).toBe("ready");
  });

  it("accepts only its own choices and treats the last one as the rejection", () => {
    const run = asked();
    expect(getErrorCode(() => run.control("approve", "ok"))).toBe("answer_invalid");
    expect(getErrorCode(() => run.control("approve", "ok", { patch: { choice: "burn" } }))).toBe("answer_invalid");
    expect(getErrorCode(() => run.control("approve", "ok", { patch: { choice: "drop" } }))).toBe("answer_invalid");
    expect(getErrorCode(() => run.control("reject", "ok", { patch: { choice: "draft" } }))).toBe("answer_invalid");
    run.control("reject", "ok");
    expect(run.node("ok")).toMatchObject({ status: "failed", reason: "rejected", answer: { choice: "drop" } });
    expect(run.node("end").blockedBy).toEqual(["ok"]);
  });

  it("rejects an answer with invalid data or after its expiry", () => {
    const run = asked();
    const control = { id: "x", action: "approve", by: "ana", nodeId: "ok", patch: { choice: "draft" } } as const;
    expect(getErrorCode(() => run.do({ type: "control", control, answerProblem: "budget is missing" }))).toBe(
      "answer_invalid",
    );
    run.wait(61_000);
    expect(getErrorCode(() => run.do({ type: "control", control }))).toBe("approval_expired");
    expect(run.tick()).toEqual(["node.failed ok", "run.blocked"]);
    expect(run.node("ok").reason).toBe("expired");
    expect(getErrorCode(() => run.do({ type: "control", control }))).toBe("approval_expired");
    run.control("retry", "ok", { message: "asked once more" });
    expect(run.node("ok").attempts).toMatchObject([{ reason: "expired" }]);
  });

  it("is delivered to the person if the agent does not ask, and no longer once it is answered", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval" }], { deliveryContext: ROUTE });
    run.claim();
    expect(run.node("ok").asked).toMatchObject({ state: "pending", sender: "host", generation: 1 });
    run.control("approve", "ok");
    expect(run.node("ok").asked).toMatchObject({ state: "dismissed" });
  });

  it("is not retried automatically after a rejection", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval", more: { retries: 3 } }]);
    run.claim();
    run.control("reject", "ok");
    expect(run.node("ok").retryAt).toBeUndefined();
  });
});

describe("retry and skip", () => {
  it("keep the earlier attempt with its bindings and files", () => {
    const run = new PlayedRun([
      { id: "a", kind: "subagent" },
      { id: "b", needs: ["a"] },
    ]);
    run.claim();
    run.bind("child-session", "a", "child-1");
    run.to("a", "failed", { message: "HTTP 503" });
    expect(run.control("retry", "a", { message: "other model" })).toEqual(["control.recorded", "node.ready a"]);
    expect(run.node("a")).toMatchObject({ status: "ready", childSessionKey: null, lastMessage: "other model" });
    expect(run.node("a").attempts).toMatchObject([{ attempt: 1, childSessionKey: "child-1", lastMessage: "HTTP 503" }]);
    run.claim();
    expect(run.control("retry", "a")).toContain("node.failed a");
    expect(run.node("a").attempts).toHaveLength(2);
    run.control("skip", "a");
    expect(statuses(run)).toBe("a skipped, b ready");
    expect(getErrorCode(() => run.control("skip", "b") && run.control("retry", "b") && run.to("b", "completed"))).toBe(
      "illegal_transition",
    );
  });
});

describe("changing the graph", () => {
  const node = (
    id: string,
    needs: string[] = [],
  ): NonNullable<Parameters<PlayedRun["do"]>[0] & { node?: unknown }>["node"] => ({
    ...planNode({ id, title: id, kind: "subagent", needs, outputs: { mode: "report" } }, undefined, undefined),
    status: "pending",
  });
  const add = (run: PlayedRun, id: string, needs: string[], neededBy?: string[]): string[] =>
    run.do({
      type: "control",
      control: {
        id: `add-${id}`,
        action: "add_node",
        by: "ana",
        ...(neededBy === undefined ? {} : { patch: { neededBy } }),
      },
      node: node(id, needs) as never,
    });

  it("adds a node before the summary and makes other nodes depend on it", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "end", kind: "summary", needs: ["a"] }]);
    run.complete("a");
    add(run, "deep", ["a"], ["end"]);
    expect(run.document.state.nodes.map(({ id }) => id)).toEqual(["a", "end", "deep"]);
    expect(run.node("end")).toMatchObject({ status: "pending", needs: ["a", "deep"] });
    expect(run.node("deep").status).toBe("ready");
    run.complete("deep", "end");
    expect(run.status).toBe("completed");
    expect(getErrorCode(() => add(run, "late", []))).toBe("run_closed");
  });

  it("rejects cycles, existing ids, unknown ids and changes to nodes that have started", () => {
    const run = new PlayedRun(chain("a", "b", "c"));
    expect(getErrorCode(() => add(run, "A", []))).toBe("node_exists");
    expect(getErrorCode(() => add(run, "x", ["nobody"]))).toBe("node_not_found");
    expect(getErrorCode(() => add(run, "x", ["c"], ["b"]))).toBe("needs_cycle");
    expect(getErrorCode(() => run.control("rewire_node", "b", { patch: { needs: ["c"] } }))).toBe("needs_cycle");
    expect(getErrorCode(() => run.control("rewire_node", "b", {}))).toBe("argument_missing");
    run.complete("a");
    run.claim();
    expect(getErrorCode(() => run.control("rewire_node", "b", { patch: { needs: [] } }))).toBe("node_over");
    expect(getErrorCode(() => add(run, "x", [], ["a"]))).toBe("node_over");
    run.control("rewire_node", "c", { patch: { needs: ["a"] } });
    expect(run.node("c").status).toBe("ready");
  });
});

describe("other records", () => {
  it("notes contain their author and time, and messages go to the requester", () => {
    const run = new PlayedRun(chain("a"), { deliveryContext: ROUTE });
    run.control("note", "a", { message: "use the new key" });
    run.control("note", undefined, { message: "budget 20 calls" });
    expect(run.node("a").notes).toEqual(["2026-11-20T12:00Z ana: use the new key"]);
    expect(run.document.state.notes).toEqual(["2026-11-20T12:00Z ana: budget 20 calls"]);
    run.control("send_message", undefined, { message: "numbers come tomorrow" });
    const [message] = run.document.state.messages ?? [];
    expect(message).toMatchObject({
      text: "numbers come tomorrow",
      delivery: { state: "pending", sender: "clawtask" },
    });
    run.do({ type: "report_delivery", of: `message:${message?.id ?? ""}`, report: { kind: "sending" } });
    run.do({ type: "report_delivery", of: `message:${message?.id ?? ""}`, report: { kind: "sent", receipt: "m1" } });
    expect(run.document.state.messages?.[0]?.delivery.state).toBe("delivered");
    expect(run.document.state.delivery).toBeUndefined();
  });

  it("a request to change the cron job stays open until it is answered", () => {
    const run = new PlayedRun(chain("a"));
    run.bind("cron", undefined, "job-1");
    run.control("patch_cron", undefined, { patch: { enabled: false } });
    expect(run.document.state.cronPatch).toMatchObject({ outcome: "asked", by: "ana", patch: { enabled: false } });
    run.do({ type: "answer_cron_patch", outcome: "refused", reason: "no such job" });
    expect(run.document.state.cronPatch).toMatchObject({ outcome: "refused", reason: "no such job" });
    expect(run.do({ type: "answer_cron_patch", outcome: "applied" })).toEqual([]);
    run.do({ type: "unbind", kind: "cron" });
    expect(run.document.refs.cronJobId).toBeNull();
    expect(getErrorCode(() => run.do({ type: "unbind", kind: "cron" }))).toBe("not_bound");
  });

  it("a run can be archived only after it has ended, and can be restored", () => {
    const run = new PlayedRun(chain("a"));
    expect(getErrorCode(() => run.do({ type: "archive", by: "ana" }))).toBe("run_not_over");
    run.complete("a");
    expect(run.do({ type: "archive", by: "ana" })).toEqual(["run.archived"]);
    expect(run.do({ type: "archive", by: "ana" })).toEqual([]);
    run.do({ type: "unarchive", by: "ana" });
    expect(run.document.state.archivedAt).toBeUndefined();
    expect(run.now).toBeGreaterThan(NOON);
  });
});
