import { describe, expect, it } from "vitest";
import { confirmDelivery } from "../../../plugin/delivery/confirm-delivery.ts";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import {
  ABORT_GRACE_MS,
  HOST_ANNOUNCE_TIMEOUT_MS,
  SETTLE_MS,
  UNSURE_MS,
} from "../../../plugin/delivery/proof/announcement-rules.ts";
import type { HostAction } from "../../../plugin/delivery/recent-host-activity.ts";
import { ANNOUNCE_RUN, CHILD, CHILD_RUN, REQUESTER } from "../support/host-samples.ts";
import {
  announcing,
  at,
  childEnded,
  delivery,
  ENDED_AT,
  message,
  openRun,
  openTask,
  turnEnd,
} from "../support/open-results.ts";

/** `told <receipt>`, `not told <reason>`, ... or `wait`. */
function verdict(open: PendingDelivery, facts: readonly HostAction[], msAfterEnd = 1_000): string {
  const report = confirmDelivery(open, facts, ENDED_AT + msAfterEnd);
  if (report === undefined) return "wait";
  const words = "receipt" in report ? report.receipt : "reason" in report ? report.reason : "";
  return `${report.kind}: ${words}`;
}

type Case = [what: string, facts: HostAction[], expected: string | RegExp, msAfterEnd?: number];

function table(open: PendingDelivery, cases: readonly Case[]): void {
  it.each(cases)("%s", (_what, facts, expected, msAfterEnd) => {
    expect(verdict(open, facts, msAfterEnd)).toMatch(typeof expected === "string" ? exactly(expected) : expected);
  });
}

const AFTER_END = `announce:requester-settle:main:${REQUESTER}`;
const exactly = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
const failedMessage = { success: false, error: "500", messageId: undefined } as const;

describe("a child's result in a topic", () => {
  table(openTask(), [
    ["waits while no host action was observed", [], "wait"],
    [
      "confirms the result when the announcing turn's reply was sent",
      [announcing(10, { delivery: "sent" })],
      "host_confirmed: announced in the requester's conversation",
    ],
    [
      "confirms the result when the announcing agent chose not to reply",
      [announcing(10, { delivery: "suppressed", text: undefined, disposition: "silent" })],
      "host_confirmed: taken by the agent that asked, which chose to say nothing",
    ],
    [
      "reports a failure when the announcing turn's reply failed",
      [announcing(10, { delivery: "failed", error: "500" })],
      "host_silent: the announcement failed: 500",
    ],
    [
      "reports a failure without a reason when none was given",
      [announcing(10, { delivery: "failed" })],
      "host_silent: the announcement failed: no reason given",
    ],
    ["waits when the announcing turn ended but its reply has no outcome yet", [announcing(10)], "wait"],
    [
      "confirms the result when a message of the announcing run was sent",
      [message(10, { runId: ANNOUNCE_RUN })],
      "host_confirmed: announced, message 12",
    ],
    [
      "confirms the result when a message of the announcing run was sent without an id",
      [message(10, { runId: ANNOUNCE_RUN, messageId: undefined })],
      "host_confirmed: announced, message sent",
    ],
    [
      "reports a failure when a message of the announcing run failed",
      [message(10, { runId: ANNOUNCE_RUN, ...failedMessage })],
      "host_silent: the announcement failed: 500",
    ],
    [
      "confirms the result when it was announced together with others",
      [turnEnd(10, { runId: `${AFTER_END}:other-run,${CHILD_RUN}`, delivery: "sent" })],
      "host_confirmed: announced in the requester's conversation",
    ],
    [
      "reports a failure when the second attempt to announce it with others failed",
      [turnEnd(10, { runId: `${AFTER_END}:${CHILD_RUN},other-run:yield-2:retry-1`, delivery: "failed", error: "500" })],
      "host_silent: the announcement failed: 500",
    ],
    [
      "waits when only other results were announced together",
      [turnEnd(10, { runId: `${AFTER_END}:other-run`, delivery: "sent" })],
      "wait",
    ],
    [
      "confirms the result when the second attempt was sent",
      [message(10, { runId: `${ANNOUNCE_RUN}:retry-1` })],
      /^host_confirmed/,
    ],
    [
      "waits when another child was announced",
      [announcing(10, { runId: "announce:v1:x:y", delivery: "sent" })],
      "wait",
    ],
    ["waits when another child's announcement was sent", [message(10, { runId: "announce:v1:x:y" })], "wait"],
    ["waits when an unrelated message was sent", [message(10)], "wait"],
    [
      "ignores an announcement from long before the end",
      [announcing(-1_001, { delivery: "sent" }), message(-1_001, { runId: ANNOUNCE_RUN })],
      "wait",
    ],
    [
      "accepts an announcement just before the end, since two threads have two clocks",
      [announcing(-1_000, { delivery: "sent" })],
      /^host_confirmed/,
    ],
    ["waits when the host has just closed the child", [childEnded(0)], "wait", SETTLE_MS - 1],
    [
      "waits when the host closed the child and the requester's channel may hang",
      [childEnded(0)],
      "wait",
      HOST_ANNOUNCE_TIMEOUT_MS - 1,
    ],
    [
      "waits when the host closed the child and only another turn failed",
      [
        message(0, { content: "⚠️ Agent couldn't generate a response. Please try again." }),
        turnEnd(0, { status: "failed", delivery: "sent" }),
        childEnded(0),
      ],
      "wait",
      HOST_ANNOUNCE_TIMEOUT_MS - 1,
    ],
    [
      "waits when a kill interrupted its message and the host may announce it again",
      [message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is send_attempt_started; refusing" })],
      "wait",
      UNSURE_MS + 9,
    ],
    [
      "reports an unknown outcome when a kill interrupted a message that may have arrived",
      [message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send; refusing" })],
      "unknown: the host lost track of its announcement while it was on its way",
      UNSURE_MS + 10,
    ],
    [
      "confirms the result when the host announced it again after a kill",
      [
        message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" }),
        announcing(20, { delivery: "sent" }),
      ],
      /^host_confirmed/,
    ],
    [
      "waits when the announcing turn was aborted and the host may retry",
      [announcing(10, { status: "failed", error: "transcript changed" })],
      "wait",
      60_000,
    ],
    [
      "confirms the result when the attempt after an aborted turn was sent",
      [announcing(10, { status: "failed" }), announcing(20, { delivery: "sent" }), childEnded(30)],
      /^host_confirmed/,
    ],
    [
      "waits during the grace period after an aborted turn and another message",
      [announcing(10, { status: "failed" }), message(20, { content: "under way" }), childEnded(30)],
      "wait",
      ABORT_GRACE_MS + 9,
    ],
    [
      "reports a failure when no announcement followed an aborted turn",
      [announcing(10, { status: "failed", error: "transcript changed" }), message(20), childEnded(30)],
      "host_silent: the announcing turn broke off: transcript changed",
      ABORT_GRACE_MS + 10,
    ],
    [
      "confirms the result when the agent reported it in a later turn",
      [
        announcing(10, { status: "failed" }),
        childEnded(30),
        message(40, { content: "It says: There are seven sheep. :)" }),
      ],
      "host_confirmed: told by the agent in another turn",
      ABORT_GRACE_MS + 10,
    ],
    [
      "waits when the host closed the child and some other message reached the requester",
      [message(0, { content: "words of the agent about Count the sheep" }), childEnded(0)],
      "wait",
      HOST_ANNOUNCE_TIMEOUT_MS - 1,
    ],
    [
      "reports a failure when the child was closed after a failed announcement",
      [announcing(0, { delivery: "failed", error: "500" }), childEnded(1)],
      "host_silent: the announcement failed: 500",
      60_000,
    ],
    ["waits when the host closed another child", [childEnded(0, { runId: "other" })], "wait", 60_000],
    [
      "takes a child that the host closed by session key only for closed",
      [announcing(0, { status: "failed" }), childEnded(0, { runId: undefined })],
      /^host_silent: the announcing turn broke off/,
      ABORT_GRACE_MS,
    ],
    [
      "waits when the host closed another session",
      [childEnded(0, { runId: undefined, childSessionKey: `${CHILD}x` })],
      "wait",
      60_000,
    ],
    ["waits until the announcement timeout", [], "wait", HOST_ANNOUNCE_TIMEOUT_MS - 1],
    [
      "reports a failure after the announcement timeout",
      [],
      "host_silent: nothing was announced within 5 minutes",
      HOST_ANNOUNCE_TIMEOUT_MS,
    ],
  ]);
});

describe("a child with active children", () => {
  const waiting = openTask({ subtreeEndedAt: null });
  it("is waited for without a limit", () => {
    expect(verdict(waiting, [], 10 * HOST_ANNOUNCE_TIMEOUT_MS)).toBe("wait");
  });

  it("times out five minutes after the last of them has ended", () => {
    const open = openTask({ subtreeEndedAt: ENDED_AT + HOST_ANNOUNCE_TIMEOUT_MS });
    expect(verdict(open, [], 2 * HOST_ANNOUNCE_TIMEOUT_MS - 1)).toBe("wait");
    expect(verdict(open, [], 2 * HOST_ANNOUNCE_TIMEOUT_MS)).toMatch(/^host_silent/);
  });
});

describe("a child's result in a direct chat, where the host sends the child's own text", () => {
  const words = "There are **seven** sheep.";
  table(openTask(), [
    [
      "confirms the result when the text was sent",
      [message(10, { content: words })],
      "host_confirmed: announced, message 12",
    ],
    ["waits when the text was rejected", [message(10, { content: words, ...failedMessage })], "wait"],
    ["waits when the text went to another recipient", [message(10, { content: words, to: "telegram:9" })], "wait"],
    [
      "waits when the text was sent from another session",
      [message(10, { content: words, sessionKey: "agent:main:x" })],
      "wait",
    ],
    ["waits when another text was sent", [message(10, { content: "There are nine goats." })], "wait"],
    [
      "confirms the result when the agent said the text in another turn",
      [message(10, { content: words, runId: "turn-7" })],
      "host_confirmed: told by the agent in another turn",
    ],
    [
      "waits when the text announces another child that said the same",
      [message(10, { content: words, runId: "announce:v1:agent:main:subagent:twin:run-9" })],
      "wait",
    ],
  ]);

  it("is never recognized by its text when the child returned none", () => {
    for (const content of ["", "   ", "There are seven sheep."]) {
      expect(verdict(openTask({ body: null }), [message(10, { content })])).toBe("wait");
      expect(verdict(openTask({ body: "  " }), [message(10, { content })])).toBe("wait");
    }
  });
});

describe("a notice queued by the host", () => {
  const open = openTask({ delivery: delivery({ tries: 1, dueAt: at(1_860_000), reason: "down" }) });
  const text = noticeText(open);
  table(open, [
    ["waits while no host action was observed", [], "wait"],
    ["is sent when the host sent it", [message(10, { content: text, sessionKey: undefined })], "sent: 12"],
    [
      "is sent when the host sent it without an id",
      [message(10, { content: text, messageId: undefined })],
      "sent: sent",
    ],
    [
      "has an unknown outcome when the host gave up",
      [message(10, { content: text, ...failedMessage })],
      "unknown: 500",
    ],
    [
      "has an unknown outcome when the host gave up without a reason",
      [message(10, { content: text, success: false, error: undefined })],
      "unknown: the host gave the message up",
    ],
    ["waits when the same text went to another recipient", [message(10, { content: text, to: "telegram:9" })], "wait"],
    ["waits when another text went to this recipient", [message(10, { content: "Good morning!" })], "wait"],
    ["waits when only the child was closed", [childEnded(0)], "wait", 60_000],
    ["has an unknown outcome at the deadline", [], /^unknown: .*no final word: down$/, 1_860_000],
    ["waits until the deadline", [], "wait", 1_859_999],
  ]);
});

describe("the outcome of a run, reported by the agent", () => {
  const said = "The report is done: seven sheep.";
  table(openRun(), [
    ["waits while no host action was observed", [], "wait"],
    [
      "confirms the outcome when the agent's reply was sent",
      [turnEnd(10, { text: said, delivery: "sent" })],
      "host_confirmed: told by the agent",
    ],
    [
      "reports a failure when the reply failed",
      [turnEnd(10, { text: said, delivery: "failed", error: "500" })],
      "host_silent: the agent's words did not arrive: 500",
    ],
    [
      "reports a failure without a reason when the reply failed without one",
      [turnEnd(10, { text: said, delivery: "failed" })],
      "host_silent: the agent's words did not arrive: no reason given",
    ],
    [
      "reports a failure when the agent ended its turn without a reply",
      [turnEnd(10, { text: undefined })],
      /^host_silent: .*without a word/,
    ],
    [
      "reports a failure when the agent chose not to reply",
      [turnEnd(10, { text: said, disposition: "silent" })],
      /^host_silent: .*without a word/,
    ],
    [
      "confirms the outcome when the message with the reply was sent",
      [turnEnd(10, { text: said }), message(20, { content: said })],
      "host_confirmed: told by the agent, message 12",
    ],
    [
      "confirms the outcome when the message was sent before the turn ended",
      [message(5, { content: said }), turnEnd(10, { text: said })],
      "host_confirmed: told by the agent, message 12",
    ],
    [
      "reports a failure when the message with the reply was rejected",
      [turnEnd(10, { text: said }), message(20, { content: said, ...failedMessage })],
      "host_silent: the agent's words did not arrive: 500",
    ],
    [
      "waits when a message with another text was sent",
      [turnEnd(10, { text: said }), message(20, { content: "the child's raw text" })],
      "wait",
    ],
    [
      "waits when the reply went to another recipient",
      [turnEnd(10, { text: said }), message(20, { content: said, to: "x" })],
      "wait",
    ],
    [
      "reports a failure when a child's text replaced the agent's reply in a direct chat",
      [announcing(10, { text: said })],
      "host_silent: the host sent a child's words in the place of the agent's",
      10 + SETTLE_MS,
    ],
    [
      "waits until the settle time of a direct chat has passed",
      [announcing(10, { text: said })],
      "wait",
      9 + SETTLE_MS,
    ],
    ["ignores a turn of another session", [turnEnd(10, { sessionKey: "agent:main:other", delivery: "sent" })], "wait"],
    ["ignores a turn that ended before the run", [turnEnd(-2_000, { text: said, delivery: "sent" })], "wait"],
    ["reports a failure when no report was made by the due time", [], "host_silent: the agent has told nobody", 60_000],
    ["waits until the due time", [], "wait", 59_999],
  ]);

  it("is waited for without a limit when it has no due time", () => {
    expect(verdict(openRun({ delivery: delivery({ dueAt: null }) }), [], 10 ** 9)).toBe("wait");
  });

  it("may be reported by any session of the run", () => {
    const open = openRun({ announcers: [REQUESTER, "agent:main:driver"] });
    const fact = turnEnd(10, { sessionKey: "agent:main:driver", text: said, delivery: "sent" });
    expect(verdict(open, [fact])).toBe("host_confirmed: told by the agent");
  });

  it("cannot be reported when the run has no session", () => {
    expect(verdict(openRun({ announcers: [] }), [turnEnd(10, { delivery: "sent", sessionKey: undefined })])).toBe(
      "wait",
    );
  });
});
