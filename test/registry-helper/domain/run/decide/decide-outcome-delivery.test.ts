import { describe, expect, it } from "vitest";
import { listRunAttention } from "../../../../../registry-helper/domain/run/attention.ts";
import { factsAt } from "../../../../support/attention-facts.ts";
import { PlayedRun } from "../../../../support/played-run.ts";

const CONTEXT = { deliveryContext: { channel: "telegram", to: "telegram:42" } };
const RETRY = { type: "retry_delivery" } as const;
const DISMISS = { type: "dismiss", reason: "not needed" } as const;
const REFUSED = {
  type: "report_delivery",
  report: { kind: "refused", reason: "chat not found", final: true },
} as const;

function ended(): PlayedRun {
  const run = new PlayedRun([{ id: "a" }], CONTEXT);
  run.complete("a");
  return run;
}

const kinds = (run: PlayedRun): string[] =>
  listRunAttention(run.document.state, factsAt(run.now)).map(({ kind }) => kind);

describe("the outcome of a run", () => {
  it("needs attention when it is undelivered, until it is retried or dismissed", () => {
    const run = ended();
    expect(kinds(run)).toEqual([]);
    run.do(REFUSED);
    expect(kinds(run)).toEqual(["undelivered"]);
    expect(run.do(RETRY)).toEqual(["delivery.planned"]);
    expect(run.document.state.delivery).toMatchObject({
      state: "pending",
      generation: 2,
      sender: "clawtask",
      tries: 0,
    });
    expect(kinds(run)).toEqual([]);
    run.do(REFUSED);
    expect(run.do(DISMISS)).toEqual(["delivery.dismissed"]);
    expect(run.document.state.delivery).toMatchObject({ state: "dismissed", reason: "not needed", dueAt: null });
    expect(kinds(run)).toEqual([]);
    expect(run.do(DISMISS)).toEqual([]);
  });

  it("cannot be retried while its delivery is pending, or delivered before the run ends", () => {
    expect(() => ended().do(RETRY)).toThrow("on its way already (pending)");
    const open = new PlayedRun([{ id: "a" }], CONTEXT);
    for (const command of [RETRY, DISMISS]) expect(() => open.do(command)).toThrow("it has no outcome to tell yet");
  });

  it("cannot be retried when the requester has no channel, but can be dismissed", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.to("a", "running");
    run.to("a", "failed", { message: "no network" });
    expect(listRunAttention(run.document.state, factsAt(run.now))).toMatchObject([
      { kind: "run_failed", reason: "failed: a (no network)", command: "clawtask tasks dismiss demo" },
    ]);
    expect(() => run.do(RETRY)).toThrow("no channel");
    run.do(DISMISS);
    expect(kinds(run)).toEqual([]);
  });
});
