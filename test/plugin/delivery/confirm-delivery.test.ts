import { describe, expect, it } from "vitest";
import {
  ABORT_GRACE_MS,
  HOST_ANNOUNCE_TIMEOUT_MS,
  confirmDelivery,
  SETTLE_MS,
  UNSURE_MS,
} from "../../../plugin/delivery/confirm-delivery.ts";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
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
    ["nothing was heard yet", [], "wait"],
    [
      "the announcing turn's words were sent",
      [announcing(10, { delivery: "sent" })],
      "host_confirmed: announced in the requester's conversation",
    ],
    [
      "the announcing agent chose silence",
      [announcing(10, { delivery: "suppressed", text: undefined, disposition: "silent" })],
      "host_confirmed: taken by the agent that asked, which chose to say nothing",
    ],
    [
      "the announcing turn's words did not arrive",
      [announcing(10, { delivery: "failed", error: "500" })],
      "host_silent: the announcement failed: 500",
    ],
    [
      "they did not arrive, and nobody says why",
      [announcing(10, { delivery: "failed" })],
      "host_silent: the announcement failed: no reason given",
    ],
    ["the announcing turn ended, and its words' fate is open", [announcing(10)], "wait"],
    [
      "a message of the announcing run went out",
      [message(10, { runId: ANNOUNCE_RUN })],
      "host_confirmed: announced, message 12",
    ],
    [
      "a message of it went out without an id",
      [message(10, { runId: ANNOUNCE_RUN, messageId: undefined })],
      "host_confirmed: announced, message sent",
    ],
    [
      "a message of the announcing run failed",
      [message(10, { runId: ANNOUNCE_RUN, ...failedMessage })],
      "host_silent: the announcement failed: 500",
    ],
    [
      "it was told together with others",
      [turnEnd(10, { runId: `${AFTER_END}:other-run,${CHILD_RUN}`, delivery: "sent" })],
      "host_confirmed: announced in the requester's conversation",
    ],
    [
      "it was to be told together with others, in the second try, and that failed",
      [turnEnd(10, { runId: `${AFTER_END}:${CHILD_RUN},other-run:yield-2:retry-1`, delivery: "failed", error: "500" })],
      "host_silent: the announcement failed: 500",
    ],
    ["only others were told together", [turnEnd(10, { runId: `${AFTER_END}:other-run`, delivery: "sent" })], "wait"],
    ["its second try was sent", [message(10, { runId: `${ANNOUNCE_RUN}:retry-1` })], /^host_confirmed/],
    ["another child was announced", [announcing(10, { runId: "announce:v1:x:y", delivery: "sent" })], "wait"],
    ["another child's announcement was sent", [message(10, { runId: "announce:v1:x:y" })], "wait"],
    ["an ordinary message went out", [message(10)], "wait"],
    [
      "an announcement long before the end is not this one",
      [announcing(-1_001, { delivery: "sent" }), message(-1_001, { runId: ANNOUNCE_RUN })],
      "wait",
    ],
    [
      "an announcement a moment before the end counts, since two threads have two clocks",
      [announcing(-1_000, { delivery: "sent" })],
      /^host_confirmed/,
    ],
    ["the host has just closed the child", [childEnded(0)], "wait", SETTLE_MS - 1],
    [
      "the host closed the child, and nothing was heard of its requester: its channel may hang",
      [childEnded(0)],
      "wait",
      HOST_ANNOUNCE_TIMEOUT_MS - 1,
    ],
    [
      "the host closed the child, and all that was heard is that another turn failed",
      [
        message(0, { content: "⚠️ Agent couldn't generate a response. Please try again." }),
        turnEnd(0, { status: "failed", delivery: "sent" }),
        childEnded(0),
      ],
      "wait",
      HOST_ANNOUNCE_TIMEOUT_MS - 1,
    ],
    [
      "a kill came in the middle of its message, and the host may announce it anew",
      [message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is send_attempt_started; refusing" })],
      "wait",
      UNSURE_MS + 9,
    ],
    [
      "a kill came in the middle of its message, which may have arrived",
      [message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send; refusing" })],
      "unknown: the gateway stopped while the host's announcement was on its way",
      UNSURE_MS + 10,
    ],
    [
      "a kill came in the middle of its message, and the host announced it anew",
      [
        message(10, { runId: ANNOUNCE_RUN, success: false, error: "delivery state is unknown_after_send" }),
        announcing(20, { delivery: "sent" }),
      ],
      /^host_confirmed/,
    ],
    [
      "the announcing turn broke off, and the host may try again",
      [announcing(10, { status: "failed", error: "transcript changed" })],
      "wait",
      60_000,
    ],
    [
      "it broke off, and its second try was sent",
      [announcing(10, { status: "failed" }), announcing(20, { delivery: "sent" }), childEnded(30)],
      /^host_confirmed/,
    ],
    [
      "it broke off and the host closed the child, and something else was told",
      [announcing(10, { status: "failed" }), message(20, { content: "under way" }), childEnded(30)],
      "wait",
      ABORT_GRACE_MS + 9,
    ],
    [
      "nothing was told of it since",
      [announcing(10, { status: "failed", error: "transcript changed" }), message(20), childEnded(30)],
      "host_silent: the announcing turn broke off: transcript changed",
      ABORT_GRACE_MS + 10,
    ],
    [
      "the agent told of it after all",
      [announcing(10, { status: "failed" }), childEnded(30), message(40, { content: "Count the sheep: seven" })],
      "host_confirmed: told by the agent in a later turn",
      ABORT_GRACE_MS + 10,
    ],
    [
      "the host closed the child, and something was told in its requester's conversation",
      [message(0, { content: "words of the agent" }), childEnded(0)],
      "host_confirmed: handed to the requester's session",
      SETTLE_MS,
    ],
    [
      "the child was closed after the announcement had failed",
      [announcing(0, { delivery: "failed", error: "500" }), childEnded(1)],
      "host_silent: the announcement failed: 500",
      60_000,
    ],
    ["the host closed another child", [childEnded(0, { runId: "other" })], "wait", 60_000],
    [
      "the host closed a child that it names by session only",
      [turnEnd(0, { delivery: "sent" }), childEnded(0, { runId: undefined })],
      /^host_confirmed/,
      60_000,
    ],
    [
      "the host closed another session",
      [childEnded(0, { runId: undefined, childSessionKey: `${CHILD}x` })],
      "wait",
      60_000,
    ],
    ["nothing for long, but not long enough", [], "wait", HOST_ANNOUNCE_TIMEOUT_MS - 1],
    ["nothing at all", [], "host_silent: nothing was announced within 5 minutes", HOST_ANNOUNCE_TIMEOUT_MS],
  ]);
});

describe("a child whose own children still work", () => {
  const waiting = openTask({ subtreeEndedAt: null });
  it("is waited for without a limit", () => {
    expect(verdict(waiting, [], 10 * HOST_ANNOUNCE_TIMEOUT_MS)).toBe("wait");
  });

  it("is given up five minutes after the last of them, not after its own first end", () => {
    const open = openTask({ subtreeEndedAt: ENDED_AT + HOST_ANNOUNCE_TIMEOUT_MS });
    expect(verdict(open, [], 2 * HOST_ANNOUNCE_TIMEOUT_MS - 1)).toBe("wait");
    expect(verdict(open, [], 2 * HOST_ANNOUNCE_TIMEOUT_MS)).toMatch(/^host_silent/);
  });
});

describe("a child's result in a direct chat, where the host sends the child's own words", () => {
  const words = "There are **seven** sheep.";
  table(openTask(), [
    ["they went out", [message(10, { content: words })], "host_confirmed: announced, message 12"],
    ["they were refused", [message(10, { content: words, ...failedMessage })], "wait"],
    ["they went to somebody else", [message(10, { content: words, to: "telegram:9" })], "wait"],
    ["they went out from another session", [message(10, { content: words, sessionKey: "agent:main:x" })], "wait"],
    ["somebody's other words went out", [message(10, { content: "There are nine goats." })], "wait"],
    ["they belong to a turn of their own", [message(10, { content: words, runId: "turn-7" })], "wait"],
  ]);

  it("of work that said nothing is never recognized by its text", () => {
    for (const content of ["", "   ", "There are seven sheep."]) {
      expect(verdict(openTask({ body: null }), [message(10, { content })])).toBe("wait");
      expect(verdict(openTask({ body: "  " }), [message(10, { content })])).toBe("wait");
    }
  });
});

describe("our own notice that the host holds", () => {
  const open = openTask({ delivery: delivery({ tries: 1, dueAt: at(1_860_000), reason: "down" }) });
  const text = noticeText(open);
  table(open, [
    ["nothing was heard yet", [], "wait"],
    ["it went out", [message(10, { content: text, sessionKey: undefined })], "sent: 12"],
    ["it went out without an id", [message(10, { content: text, messageId: undefined })], "sent: sent"],
    ["the host gave it up", [message(10, { content: text, ...failedMessage })], "unknown: 500"],
    [
      "the host gave it up without a reason",
      [message(10, { content: text, success: false, error: undefined })],
      "unknown: the host gave the message up",
    ],
    ["the same words went to somebody else", [message(10, { content: text, to: "telegram:9" })], "wait"],
    ["other words went to this person", [message(10, { content: "Good morning!" })], "wait"],
    ["the child was closed: that says nothing about our notice", [childEnded(0)], "wait", 60_000],
    ["no final word until the deadline", [], /^unknown: .*no final word: down$/, 1_860_000],
    ["no final word yet", [], "wait", 1_859_999],
  ]);
});

describe("the outcome of a run, which the agent tells by its own words", () => {
  const said = "The report is done: seven sheep.";
  table(openRun(), [
    ["nothing was heard yet", [], "wait"],
    [
      "the agent's words were sent",
      [turnEnd(10, { text: said, delivery: "sent" })],
      "host_confirmed: told by the agent",
    ],
    [
      "they failed",
      [turnEnd(10, { text: said, delivery: "failed", error: "500" })],
      "host_silent: the agent's words did not arrive: 500",
    ],
    [
      "they failed without a reason",
      [turnEnd(10, { text: said, delivery: "failed" })],
      "host_silent: the agent's words did not arrive: no reason given",
    ],
    ["the agent ended its turn without words", [turnEnd(10, { text: undefined })], /^host_silent: .*without a word/],
    ["the agent chose silence", [turnEnd(10, { text: said, disposition: "silent" })], /^host_silent: .*without a word/],
    [
      "the message with these words arrived",
      [turnEnd(10, { text: said }), message(20, { content: said })],
      "host_confirmed: told by the agent, message 12",
    ],
    [
      "the message with these words arrived before the turn ended",
      [message(5, { content: said }), turnEnd(10, { text: said })],
      "host_confirmed: told by the agent, message 12",
    ],
    [
      "the message with these words was refused",
      [turnEnd(10, { text: said }), message(20, { content: said, ...failedMessage })],
      "host_silent: the agent's words did not arrive: 500",
    ],
    [
      "a message with other words is no telling",
      [turnEnd(10, { text: said }), message(20, { content: "the child's raw text" })],
      "wait",
    ],
    ["the words went to somebody else", [turnEnd(10, { text: said }), message(20, { content: said, to: "x" })], "wait"],
    [
      "in a direct chat an announcing turn's words go nowhere",
      [announcing(10, { text: said })],
      "host_silent: the host sent a child's words in the place of the agent's",
      10 + SETTLE_MS,
    ],
    ["until that is settled, it is waited for", [announcing(10, { text: said })], "wait", 9 + SETTLE_MS],
    [
      "a turn of another session says nothing",
      [turnEnd(10, { sessionKey: "agent:main:other", delivery: "sent" })],
      "wait",
    ],
    ["a turn that ended before the run did", [turnEnd(-2_000, { text: said, delivery: "sent" })], "wait"],
    ["nobody told until it was due", [], "host_silent: the agent has told nobody", 60_000],
    ["not yet due", [], "wait", 59_999],
  ]);

  it("is waited for without an end when it is never due", () => {
    expect(verdict(openRun({ delivery: delivery({ dueAt: null }) }), [], 10 ** 9)).toBe("wait");
  });

  it("may be told by any session of the run", () => {
    const open = openRun({ announcers: [REQUESTER, "agent:main:driver"] });
    const fact = turnEnd(10, { sessionKey: "agent:main:driver", text: said, delivery: "sent" });
    expect(verdict(open, [fact])).toBe("host_confirmed: told by the agent");
  });

  it("is not told to a run without a session that could have told", () => {
    expect(verdict(openRun({ announcers: [] }), [turnEnd(10, { delivery: "sent", sessionKey: undefined })])).toBe(
      "wait",
    );
  });
});
