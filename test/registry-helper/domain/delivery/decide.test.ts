import { describe, expect, it } from "vitest";
import {
  decideDelivery,
  DELIVERY_DEADLINE_MS,
  type DeliveryReport,
  MAX_RETRY_PAUSE_MS,
  planDelivery,
  RETRY_PAUSE_MS,
  retryPauseMs,
} from "../../../../registry-helper/domain/delivery/decide.ts";
import { evolveDelivery } from "../../../../registry-helper/domain/delivery/evolve.ts";
import {
  type DeliveryRecord,
  type DeliverySender,
  FINAL_DELIVERY_STATES,
} from "../../../../registry-helper/model/delivery-record.ts";
import { formatMicros, type Micros } from "../../../../registry-helper/model/time.ts";
import { NOON } from "../../../support/played-run.ts";

const ROUTE = { channel: "telegram", to: "telegram:42" };

function planned(sender: DeliverySender, route: typeof ROUTE | null = ROUTE): DeliveryRecord {
  const draft = planDelivery({ route, sender, now: NOON, waitMs: 1000 });
  return evolveDelivery(null, { name: draft.event, timestamp: formatMicros(NOON), change: draft.delivery });
}

function apply(record: DeliveryRecord, report: DeliveryReport, now: Micros = NOON + 1): DeliveryRecord {
  return decideDelivery(record, report, now).reduce(
    (before, draft) =>
      evolveDelivery(before, { name: draft.event, timestamp: formatMicros(now), change: draft.delivery }),
    record,
  );
}

const REPORTS: Record<string, DeliveryReport> = {
  host_confirmed: { kind: "host_confirmed", receipt: "h" },
  host_silent: { kind: "host_silent", reason: "silence" },
  sending: { kind: "sending" },
  sent: { kind: "sent", receipt: "s" },
  held: { kind: "held", reason: "queued by the host" },
  refused: { kind: "refused", reason: "no", final: false },
  refused_for_good: { kind: "refused", reason: "never", final: true },
  unknown: { kind: "unknown", reason: "answer lost" },
};

/** State after each report, from `pending` by sender, and from `sending`; "-" when nothing changes. */
const TABLE: Record<keyof typeof REPORTS, [host: string, ours: string, sending: string]> = {
  host_confirmed: ["delivered", "delivered", "delivered"],
  host_silent: ["pending clawtask", "-", "-"],
  sending: ["-", "sending clawtask", "-"],
  sent: ["delivered", "delivered", "delivered"],
  held: ["pending host", "pending host", "pending host"],
  refused: ["pending clawtask", "pending clawtask", "pending clawtask"],
  refused_for_good: ["failed", "failed", "failed"],
  unknown: ["ambiguous", "ambiguous", "ambiguous"],
};

describe.each(Object.keys(TABLE))("decideDelivery with the report %s", (name) => {
  const report = REPORTS[name] as DeliveryReport;
  const [host, ours, whileSending] = TABLE[name] as [string, string, string];
  it.each([
    ["pending, the host's to send", planned("host"), host],
    ["pending, ours to send", planned("clawtask"), ours],
    ["sending", apply(planned("clawtask"), { kind: "sending" }), whileSending],
  ])("handles this state as the table says: %s", (_state, record, expected) => {
    const drafts = decideDelivery(record, report, NOON + 1);
    if (expected === "-") return expect(drafts).toEqual([]);
    const after = apply(record, report);
    expect(`${after.state} ${after.sender}`).toContain(expected);
  });

  it.each(FINAL_DELIVERY_STATES.filter((state) => state !== "ambiguous" && state !== "reported"))(
    "changes nothing in the final state %s",
    (state) => {
      expect(decideDelivery({ ...planned("clawtask"), state, dueAt: null }, report, NOON + 1)).toEqual([]);
    },
  );
});

describe("a delivery", () => {
  it("in the state ambiguous can only be confirmed and is never sent again", () => {
    const record = apply(planned("clawtask"), { kind: "unknown", reason: "answer lost" });
    expect(decideDelivery(record, { kind: "sending" }, NOON)).toEqual([]);
    expect(decideDelivery(record, { kind: "refused", reason: "no", final: true }, NOON)).toEqual([]);
    expect(apply(record, { kind: "sent", receipt: "late" })).toMatchObject({ state: "delivered", receipt: "late" });
  });

  it("that an agent reported can only be confirmed and is never sent again", () => {
    const record = { ...planned("clawtask"), state: "reported" as const, dueAt: null };
    expect(decideDelivery(record, { kind: "sending" }, NOON)).toEqual([]);
    expect(decideDelivery(record, { kind: "host_silent", reason: "no" }, NOON)).toEqual([]);
    expect(decideDelivery(record, { kind: "refused", reason: "no", final: true }, NOON)).toEqual([]);
    expect(apply(record, { kind: "host_confirmed", receipt: "late" })).toMatchObject({ state: "delivered" });
  });

  it("backs off for 2 s, 4 s, 8 s and so on, up to five minutes", () => {
    expect([1, 2, 3, 4].map(retryPauseMs)).toEqual([1, 2, 4, 8].map((factor) => factor * RETRY_PAUSE_MS));
    expect(retryPauseMs(50)).toBe(MAX_RETRY_PAUSE_MS);
  });

  it("is due again after the retry pause", () => {
    let record = apply(planned("clawtask"), { kind: "sending" });
    record = apply(record, { kind: "refused", reason: "busy", final: false }, NOON + 5);
    expect(record).toMatchObject({
      state: "pending",
      tries: 1,
      reason: "busy",
      dueAt: formatMicros(NOON + 5 + RETRY_PAUSE_MS * 1000),
    });
  });

  it("fails at the deadline and not before, however many tries there were", () => {
    const refused: DeliveryReport = { kind: "refused", reason: "down", final: false };
    const deadline = NOON + (1000 + DELIVERY_DEADLINE_MS) * 1000;
    const record = { ...planned("clawtask"), tries: 500 };
    expect(apply(record, refused, deadline - 1).state).toBe("pending");
    expect(apply(record, refused, deadline)).toMatchObject({ state: "failed", reason: "down", dueAt: null });
  });

  it("that the host holds is left to the host until the deadline", () => {
    const record = apply(planned("clawtask"), { kind: "held", reason: "queued" });
    expect(record).toMatchObject({ sender: "host", dueAt: record.deadlineAt });
  });

  it("without a route has the state none, a reason and no due time", () => {
    expect(planned("clawtask", null)).toMatchObject({
      state: "none",
      dueAt: null,
      reason: "the requester has no channel to send to",
    });
  });

  it("that does not exist ignores reports", () => {
    expect(decideDelivery(null, { kind: "sending" }, NOON)).toEqual([]);
  });
});
