import { describe, expect, it } from "vitest";
import { DELIVERY_DEADLINE_MS } from "../../../../registry-helper/domain/delivery/decide.ts";
import { RUN_REPORT_WAIT_MS } from "../../../../registry-helper/domain/run/decide/decide.ts";
import { formatMicros, parseMicros } from "../../../../registry-helper/model/time.ts";
import { PlayedRun } from "../../../support/played-run.ts";

const ROUTE = { channel: "telegram", to: "telegram:42", threadId: 7 };

describe("the end of a run", () => {
  it("is completed when all nodes are completed or skipped", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.complete("a");
    expect(run.to("b", "skipped").at(-1)).toBe("run.completed");
    expect(run.status).toBe("completed");
    expect(run.events.at(-1)?.message).toBe("Run demo is completed.");
  });

  it("is failed when all nodes have ended and one failed", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.to("a", "failed");
    run.to("b", "running");
    expect(run.to("b", "completed").at(-1)).toBe("run.failed");
    expect(run.status).toBe("failed");
  });

  it("is reverted with an event when a node is reopened (B5)", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.to("a", "failed");
    expect(run.to("a", "ready")).toEqual(["node.ready a", "run.reopened"]);
    expect(run.status).toBe("running");
    run.complete("a");
    expect(run.status).toBe("completed");
  });
});

describe("the delivery of the outcome", () => {
  it("is planned in the event that ends the run, to the route recorded at the start", () => {
    const run = new PlayedRun([{ id: "a" }], { deliveryContext: ROUTE });
    run.complete("a");
    const ended = run.events.at(-1);
    expect(ended).toMatchObject({ event: "run.completed", delivery: { sender: "host", generation: 1 } });
    expect(run.document.state.delivery).toMatchObject({
      state: "pending",
      sender: "host",
      route: { ...ROUTE, sessionKey: "agent:main:main" },
      tries: 0,
      receipt: null,
    });
  });

  it("gives the agent a minute to report the outcome, and has a deadline half an hour later", () => {
    const run = new PlayedRun([{ id: "a" }], { deliveryContext: ROUTE });
    run.complete("a");
    const at = (ms: number): string => formatMicros(run.now + ms * 1000);
    expect(run.document.state.delivery).toMatchObject({
      dueAt: at(RUN_REPORT_WAIT_MS),
      deadlineAt: at(RUN_REPORT_WAIT_MS + DELIVERY_DEADLINE_MS),
    });
  });

  it("has a new generation when the run ends again", () => {
    const run = new PlayedRun([{ id: "a" }], { deliveryContext: ROUTE });
    run.to("a", "failed");
    expect(run.document.state.delivery?.generation).toBe(1);
    run.do({ type: "report_delivery", report: { kind: "host_confirmed", receipt: "m1" } });
    run.to("a", "ready");
    run.complete("a");
    expect(run.document.state.delivery).toMatchObject({ generation: 2, state: "pending", receipt: null });
  });

  it.each([[null], [{}], [{ channel: "telegram" }], [{ to: "x" }], ["text"]])(
    "is not planned without a channel and an address: %j",
    (deliveryContext) => {
      const run = new PlayedRun([{ id: "a" }], { deliveryContext });
      run.complete("a");
      expect(run.document.state).not.toHaveProperty("delivery");
      expect(run.events.at(-1)).not.toHaveProperty("delivery");
    },
  );

  it("follows the reports of the sender", () => {
    const run = new PlayedRun([{ id: "a" }], { deliveryContext: ROUTE });
    run.complete("a");
    expect(run.do({ type: "report_delivery", report: { kind: "host_silent", reason: "nothing came" } })).toEqual([
      "delivery.deferred",
    ]);
    run.do({ type: "report_delivery", report: { kind: "sending" } });
    run.do({ type: "report_delivery", report: { kind: "sent", receipt: "message 9" } });
    expect(run.document.state.delivery).toMatchObject({ state: "delivered", receipt: "message 9", tries: 1 });
    expect(parseMicros(run.document.state.updatedAt)).toBe(parseMicros(run.events.at(-1)?.timestamp));
  });
});
