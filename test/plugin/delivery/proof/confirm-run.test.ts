import { describe, expect, it } from "vitest";
import { confirmDelivery } from "../../../../plugin/delivery/confirm-delivery.ts";
import type { PendingDelivery } from "../../../../plugin/delivery/pending-delivery.ts";
import { ABORT_GRACE_MS } from "../../../../plugin/delivery/proof/announcement-rules.ts";
import type { HostAction } from "../../../../plugin/delivery/recent-host-activity.ts";
import { ENDED_AT, message, openRun, turnEnd } from "../../support/open-results.ts";

const OF_A = "announce:v1:agent:main:subagent:a:run-a";
const OF_B = "announce:v1:agent:main:subagent:b:run-b";
const question = openRun({
  owner: { kind: "question", id: "city-guide", of: "node:ok", generation: 1 },
  title: "City guide",
  status: "Publish Rome?",
  body: "Answer the agent, or: /run approve city-guide ok",
});
const OWNERS: readonly (readonly [string, PendingDelivery, about: string])[] = [
  ["a question, by its words", question, "Shall I? Publish Rome?"],
  ["a question, by the run's id", question, "QUESTION of city-guide: publish it?"],
  ["an outcome, by its title", openRun({ title: "City guide" }), "The City guide is ready."],
  [
    "an outcome, by its report",
    openRun({ body: "Rome, Paris and Oslo are described." }),
    "Rome, Paris and Oslo are described.",
  ],
];
const judge = (open: PendingDelivery, facts: readonly HostAction[], ms: number): string | undefined =>
  confirmDelivery(open, facts, ENDED_AT + ms)?.kind;
const BEFORE = ENDED_AT - 20_000;
const AFTER = ENDED_AT + 2_000;
const silent = { text: undefined, disposition: "silent", delivery: "suppressed" } as const;

describe("two children that end together", () => {
  it.each(OWNERS)("do not silence each other: %s", (_what, open, about) => {
    const silentTurn = turnEnd(7_012, { runId: OF_B, ...silent });
    const telling = [
      message(7_202, { runId: OF_A, content: about }),
      turnEnd(7_213, { runId: OF_A, text: about, delivery: "sent" }),
    ];
    expect(judge(open, [silentTurn], 7_100)).toBeUndefined();
    expect(judge(open, [silentTurn, ...telling], 7_300)).toBe("host_confirmed");
    expect(judge(open, [...telling, silentTurn], 7_300)).toBe("host_confirmed");
  });

  it("are taken for silent when no other turn has told it in time", () => {
    const facts = [turnEnd(7_000, { runId: OF_B, ...silent })];
    expect(judge(question, facts, 6_999 + ABORT_GRACE_MS)).toBeUndefined();
    expect(judge(question, facts, 7_000 + ABORT_GRACE_MS)).toBe("host_silent");
  });
});

describe("a turn that began after the run changed", () => {
  it.each(OWNERS)("speaks for it when it is about it: %s", (_what, open, about) => {
    expect(judge(open, [turnEnd(5_000, { startedAt: AFTER, text: about, delivery: "sent" })], 5_000)).toBe(
      "host_confirmed",
    );
  });

  it.each(OWNERS)("is nobody's word when it is about something else: %s", (_what, open) => {
    for (const more of [
      { text: "Good morning!", delivery: "sent" },
      { text: "Good morning!", delivery: "failed" },
      { text: "Good morning!", runId: OF_A },
      silent,
      { ...silent, runId: OF_A },
    ] as const)
      expect(judge(open, [turnEnd(5_000, { startedAt: AFTER, ...more })], 59_999)).toBeUndefined();
  });
});

describe("a turn that was under way when the run changed", () => {
  it.each(OWNERS)("speaks for it, whatever it says: %s", (_what, open) => {
    const said = (more: object): string | undefined =>
      judge(open, [turnEnd(5_000, { startedAt: BEFORE, text: "Done!", ...more })], 5_000);
    expect(said({ delivery: "sent" })).toBe("host_confirmed");
    expect(said({ delivery: "failed" })).toBe("host_silent");
    expect(said(silent)).toBe("host_silent");
  });
});
