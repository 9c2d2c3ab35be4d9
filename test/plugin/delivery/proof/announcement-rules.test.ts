import { describe, expect, it } from "vitest";
import { confirmDelivery } from "../../../../plugin/delivery/confirm-delivery.ts";
import type { PendingDelivery } from "../../../../plugin/delivery/pending-delivery.ts";
import { ANNOUNCEMENT_RULES, HOST_ANNOUNCE_TIMEOUT_MS } from "../../../../plugin/delivery/proof/announcement-rules.ts";
import { type Evidence, readEvidence } from "../../../../plugin/delivery/proof/evidence.ts";
import type { HostAction } from "../../../../plugin/delivery/recent-host-activity.ts";
import { ANNOUNCE_RUN, CHILD_RUN, REQUESTER, ROUTE } from "../../support/host-samples.ts";
import { announcing, childEnded, ENDED_AT, message, openTask, turnEnd } from "../../support/open-results.ts";

const BODY = "There are seven sheep.";
const AT = 10;
const lost = { success: false, messageId: undefined } as const;
const NETWORK = "Network request for 'sendMessage' failed!";
const SETTLING = `announce:requester-settle:main:${REQUESTER}:${CHILD_RUN}`;

/** Everything that the host was seen to do about a child's result, with what it is evidence of. */
const SEEN: readonly (readonly [what: string, fact: HostAction, evidence: Evidence])[] = [
  ["a message of the announcing run", message(AT, { runId: ANNOUNCE_RUN }), "announced"],
  ["a message of a further try", message(AT, { runId: `${ANNOUNCE_RUN}:retry-2` }), "announced"],
  ["a message of the turn that settles several", message(AT, { runId: SETTLING }), "announced"],
  ["the child's own words in a direct chat", message(AT, { content: BODY }), "announced"],
  ["the announcing turn, sent", announcing(AT, { delivery: "sent" }), "announcing_turn_sent"],
  ["the settling turn, sent", turnEnd(AT, { runId: SETTLING, delivery: "sent" }), "announcing_turn_sent"],
  ["the announcing turn, silent on purpose", announcing(AT, { delivery: "suppressed" }), "kept_silent"],
  [
    "the result within other words",
    message(AT, { content: `Here it is: ${BODY} Anything else?`, runId: "turn-7" }),
    "told_in_another_turn",
  ],
  [
    "a turn that was sent with the result",
    turnEnd(AT, { text: `So: ${BODY}`, delivery: "sent" }),
    "told_in_another_turn",
  ],
  ["the announcing turn, refused", announcing(AT, { delivery: "failed", error: "(403: Forbidden)" }), "refused"],
  ["a refused message", message(AT, { ...lost, runId: ANNOUNCE_RUN, error: "(500: Internal)" }), "refused"],
  ["the announcing turn without an answer", announcing(AT, { delivery: "failed", error: NETWORK }), "unanswered"],
  ...[
    "fetch failed | connect ECONNREFUSED 127.0.0.1:443 | ECONNREFUSED",
    "getaddrinfo EAI_AGAIN api.telegram.org",
    "Telegram request not started | Network request for 'sendMessage' failed! | OPENCLAW_PLATFORM_MESSAGE_NOT_DISPATCHED",
  ].flatMap((error): (readonly [string, HostAction, Evidence])[] => [
    [`a turn that failed with ${error}`, announcing(AT, { delivery: "failed", error }), "unreached"],
    [`a message that failed with ${error}`, message(AT, { ...lost, runId: ANNOUNCE_RUN, error }), "unreached"],
  ]),
  ...["read ECONNRESET", "socket hang up", "The operation was aborted due to timeout"].flatMap(
    (error): (readonly [string, HostAction, Evidence])[] => [
      [`a turn that failed with ${error}`, announcing(AT, { delivery: "failed", error }), "unanswered"],
      [`a message that failed with ${error}`, message(AT, { ...lost, runId: ANNOUNCE_RUN, error }), "unanswered"],
    ],
  ),
  ["a message without an answer", message(AT, { ...lost, runId: ANNOUNCE_RUN, error: NETWORK }), "unanswered"],
  ...["unknown_after_send", "send_attempt_started"].flatMap((state) =>
    [ANNOUNCE_RUN, undefined].map((runId): readonly [string, HostAction, Evidence] => [
      `a message of ${runId ?? "a direct chat"} that is ${state}`,
      message(AT, { ...lost, runId, content: BODY, error: `delivery state is ${state}; refusing blind replay` }),
      "interrupted",
    ]),
  ),
  ["a direct message that failed", message(AT, { ...lost, content: BODY, error: NETWORK }), "direct_failed"],
  ["a direct message that was refused", message(AT, { ...lost, content: BODY, error: "(403: no)" }), "direct_failed"],
  ...(["failed", "cancelled", "timed_out"] as const).map((status): readonly [string, HostAction, Evidence] => [
    `an announcing turn that ${status}`,
    announcing(AT, { status }),
    "aborted",
  ]),
  ["the child, closed", childEnded(AT), "closed"],
];

/** What has nothing to do with the result, however near it comes. */
const STRANGE: readonly (readonly [what: string, fact: HostAction])[] = [
  ["another message in the same chat", message(AT, { content: "Runs: 4 active, 4 over" })],
  ["its title", message(AT, { content: "I am still waiting for Count the sheep." })],
  ["an apology of the host", message(AT, { content: "⚠️ Agent couldn't generate a response. Please try again." })],
  ["its words in another chat", message(AT, { content: BODY, to: "telegram:-100999" })],
  ["its words in another topic", message(AT, { content: BODY, to: "telegram:-100123:topic:78" })],
  ["its words from another session", message(AT, { content: BODY, sessionKey: "agent:other:main" })],
  ["a notice of ClawTask about a twin", message(AT, { content: `✅ twin is done.\n\n${BODY}`, sessionKey: undefined })],
  ["the same words of a twin", message(AT, { content: BODY, runId: "announce:v1:agent:main:subagent:twin:r9" })],
  ["another child's announcing turn", turnEnd(AT, { runId: "announce:v1:x:y", text: BODY, delivery: "sent" })],
  ["a turn in its session that said something else", turnEnd(AT, { text: "Hello.", delivery: "sent" })],
  ["a silent turn in its session", turnEnd(AT, { text: undefined, disposition: "silent", delivery: "suppressed" })],
  ["a turn with the result that was not sent", turnEnd(AT, { text: BODY })],
  ["a turn with the result whose words did not arrive", turnEnd(AT, { text: BODY, delivery: "failed" })],
  ["a refused message of something else", message(AT, { ...lost, error: "(403: no)" })],
  ["its announcing turn, with no word on its fate", announcing(AT)],
  ["another child, closed", childEnded(AT, { runId: "other" })],
];

const open = (more: Partial<PendingDelivery> = {}): PendingDelivery => openTask({ body: BODY, ...more });
const judge = (facts: readonly HostAction[], ms: number, more: Partial<PendingDelivery> = {}): string | undefined =>
  confirmDelivery(open(more), facts, ENDED_AT + ms)?.kind;

describe("the evidence of each thing that the host does", () => {
  it.each(SEEN)("%s", (_what, fact, evidence) => {
    expect(readEvidence(open(), fact)?.evidence).toBe(evidence);
  });

  it.each(STRANGE)("%s is none", (_what, fact) => {
    expect(readEvidence(open(), fact)).toBeUndefined();
  });

  it("has an example of every rule", () => {
    expect(new Set(SEEN.map(([, , evidence]) => evidence))).toEqual(
      new Set([...Object.keys(ANNOUNCEMENT_RULES), "closed"].filter((evidence) => evidence !== "told_in_running_turn")),
    );
  });
});

describe("the verdict on each kind of evidence", () => {
  const KIND = { told: "host_confirmed", "not told": "host_silent", unknown: "unknown" } as const;
  const rows = SEEN.flatMap(([what, fact, evidence]) =>
    evidence === "closed" ? [] : [false, true].map((hostMayRetry) => ({ what, fact, evidence, hostMayRetry })),
  );

  it.each(rows)("$what, host may retry: $hostMayRetry", ({ fact, evidence, hostMayRetry }) => {
    const { verdict, waitMs, afterClose } = ANNOUNCEMENT_RULES[evidence];
    const due = AT + waitMs[hostMayRetry ? 1 : 0];
    const facts = [fact, childEnded(AT)];
    if (due > AT) expect(judge(facts, due - 1, { hostMayRetry })).toBeUndefined();
    expect(judge(facts, due, { hostMayRetry })).toBe(KIND[verdict]);
    if (afterClose) expect(judge([fact], Math.min(due, HOST_ANNOUNCE_TIMEOUT_MS - 1))).toBeUndefined();
  });

  it.each(rows.filter(({ evidence }) => ANNOUNCEMENT_RULES[evidence].verdict !== "told"))(
    "$what is overruled by a later proof, host may retry: $hostMayRetry",
    ({ fact, hostMayRetry }) => {
      const facts = [fact, childEnded(AT), message(AT + 1, { runId: ANNOUNCE_RUN })];
      for (const ms of [AT + 1, HOST_ANNOUNCE_TIMEOUT_MS * 3])
        expect(judge(facts, ms, { hostMayRetry })).toBe("host_confirmed");
    },
  );

  it.each(SEEN.filter(([, , evidence]) => ["interrupted", "unanswered"].includes(evidence)))(
    "%s is never sent again by ClawTask, however long it takes",
    (_what, fact) => {
      for (const ms of [0, 60_000, HOST_ANNOUNCE_TIMEOUT_MS, HOST_ANNOUNCE_TIMEOUT_MS * 10])
        expect(judge([fact, childEnded(AT)], AT + ms)).not.toBe("host_silent");
    },
  );

  it("takes the host's word that a message was lost after a refusal for a refusal", () => {
    const refused = message(AT, { ...lost, runId: ANNOUNCE_RUN, error: "(403: Forbidden)" });
    const given = message(AT + 7_000, { ...lost, runId: ANNOUNCE_RUN, error: "delivery state is unknown_after_send" });
    expect(judge([refused, given], AT + 60_000 * 2)).toBe("host_silent");
    expect(judge([given, refused], AT + 60_000 * 3)).toBe("unknown");
  });
});

describe("what is evidence of nothing", () => {
  it.each(STRANGE)("%s proves nothing, at any time", (_what, fact) => {
    for (const facts of [[fact], [fact, childEnded(AT)], [childEnded(AT - 1), fact]])
      for (const ms of [AT, 60_000, HOST_ANNOUNCE_TIMEOUT_MS - 1]) {
        for (const hostMayRetry of [true, false]) expect(judge(facts, ms, { hostMayRetry })).toBeUndefined();
      }
  });

  it.each(STRANGE)("%s does not keep ClawTask from sending after the timeout", (_what, fact) => {
    expect(judge([fact, childEnded(AT)], HOST_ANNOUNCE_TIMEOUT_MS)).toBe("host_silent");
  });

  it.each(["7", "ok", "done", "No.", "yes, two"])(
    "a result as short as %j is found only when it is all there is",
    (body) => {
      const said = (content: string): string | undefined =>
        judge([message(AT, { content, runId: "turn-7" })], AT, { body });
      expect(said(`17 of them are ok and done. No. yes, two`)).toBeUndefined();
      expect(said(body)).toBe("host_confirmed");
    },
  );

  it("an error is found only beside its title", () => {
    const failed = { status: "failed", body: "LLM request failed: 400 no" };
    const said = (content: string): string | undefined =>
      judge([message(AT, { content, runId: "turn-7" })], AT, failed);
    expect(said("⚠️ LLM request failed: 400 no")).toBeUndefined();
    expect(said("Count the sheep did not work: LLM request failed: 400 no")).toBe("host_confirmed");
  });

  it("a route of another channel with the same number is another address", () => {
    const fact = message(AT, { content: BODY, to: "discord:-100123:topic:77" });
    expect(judge([fact], AT, {})).toBeUndefined();
    expect(ROUTE.to).toBe("telegram:-100123:topic:77");
  });
});

describe("a requester that is in a turn when the child ends", () => {
  const text = "told: Count the sheep";
  const during = { startedAt: ENDED_AT - 5_000, text };
  const sent = message(AT + 1, { content: text });

  it.each<[string, HostAction[]]>([
    ["a message with the words of the turn went out", [childEnded(AT), sent, turnEnd(AT + 2, during)]],
    ["the turn's words were sent", [childEnded(AT), turnEnd(AT + 2, { ...during, delivery: "sent" })]],
  ])("has been told when it names the result and %s", (_what, facts) => {
    expect(judge(facts, AT + 2)).toBe("host_confirmed");
  });

  it.each<[string, HostAction[]]>([
    ["the child is not closed", [sent, turnEnd(AT + 2, during)]],
    ["the turn had ended before", [turnEnd(AT - 1, { ...during, delivery: "sent" }), childEnded(AT)]],
    ["the turn began afterwards", [childEnded(AT), sent, turnEnd(AT + 2, { text, startedAt: ENDED_AT + 1 })]],
    ["nobody saw the turn begin", [childEnded(AT), sent, turnEnd(AT + 2, { text })]],
    [
      "the turn does not name it",
      [childEnded(AT), turnEnd(AT + 2, { ...during, text: "free again", delivery: "sent" })],
    ],
    ["its words were not sent", [childEnded(AT), turnEnd(AT + 2, during)]],
    ["its words were refused", [childEnded(AT), turnEnd(AT + 2, { ...during, delivery: "failed" })]],
    [
      "the turn is of another session",
      [childEnded(AT), sent, turnEnd(AT + 2, { ...during, sessionKey: "agent:x:main" })],
    ],
    [
      "its message went elsewhere",
      [childEnded(AT), message(AT + 1, { content: text, to: "telegram:9" }), turnEnd(AT + 2, during)],
    ],
  ])("has not been told when %s", (_what, facts) => {
    expect(judge(facts, 60_000)).toBeUndefined();
    expect(judge(facts, HOST_ANNOUNCE_TIMEOUT_MS)).toBe("host_silent");
  });
});
