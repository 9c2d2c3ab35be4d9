import { describe, expect, it } from "vitest";
import { findCronDelivery } from "../../../../plugin/host/events/cron-events.ts";

/** As `cron.runs` answers on 2026.9.6, newest first. */
const ANSWER = {
  entries: [
    { ts: 30, jobId: "j", action: "finished", status: "ok", runAtMs: 20, delivered: true, deliveryStatus: "delivered" },
    {
      ts: 12,
      jobId: "j",
      action: "finished",
      status: "error",
      runAtMs: 10,
      deliveryStatus: "not-delivered",
      deliveryError: "chat not found",
    },
    {
      ts: 8,
      jobId: "j",
      action: "finished",
      status: "error",
      runAtMs: 5,
      deliveryStatus: "not-delivered",
      deliveryError: "Network request for 'sendMessage' failed!",
    },
    { ts: 3, jobId: "j", action: "finished", status: "ok", runAtMs: 1 },
  ],
  total: 3,
};
const gateway = {
  asked: [] as object[],
  request(request: { method: string; params?: object }): Promise<unknown> {
    this.asked.push(request);
    return Promise.resolve(ANSWER);
  },
};

describe("findCronDelivery", () => {
  it.each([
    [20, { state: "delivered" }],
    [10, { state: "failed", reason: "chat not found" }],
    [5, { state: "unknown", reason: "Network request for 'sendMessage' failed!" }],
    [1, undefined],
    [99, undefined],
  ])("returns the delivery of the run at %d", async (runAtMs, delivery) => {
    expect(await findCronDelivery(gateway, { jobId: "j", runAtMs })).toEqual(delivery);
    expect(gateway.asked.at(-1)).toMatchObject({ method: "cron.runs", params: { id: "j" } });
  });
});
