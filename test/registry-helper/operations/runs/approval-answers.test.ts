import { describe, expect, it } from "vitest";
import type { EventOrigin } from "../../../../registry-helper/model/event-origin.ts";
import { parseMicros } from "../../../../registry-helper/model/time.ts";
import {
  AGENT,
  ANA,
  type Caller,
  control,
  GATEWAY,
  OWNER,
  PAGE,
  PROGRAM,
  TERMINAL,
  tick,
  TOKEN,
  TOOL,
  transition,
  useGate,
  yes,
} from "../../../support/approval-gate.ts";

interface Way {
  how: (call: Caller) => string;
  origin?: EventOrigin;
  onFailure?: string;
  approval?: string;
  later?: number;
  status: string;
  /** What is quoted as the person's; none for all others. */
  said?: string;
  /** What stands in the place of an answer; none where the run is not past the question. */
  unanswered?: string;
}

/** Every way by which an approval leaves its waiting state, and what everybody is told of it. */
const WAYS: Record<string, Way> = {
  "a yes in the chat": {
    how: control("approve", yes("x")),
    origin: ANA,
    status: "completed",
    said: "send by telegram:4242 (in the chat): but shorter",
  },
  "another choice": {
    how: control("approve", { by: "x", patch: { choice: "draft", data: { n: 1 } } }),
    origin: ANA,
    status: "completed",
    said: 'draft by telegram:4242 (in the chat) {"n":1}',
  },
  "a yes in the dashboard": {
    how: control("approve", yes("ana")),
    origin: PAGE,
    status: "completed",
    said: "send by dashboard (in the dashboard): but shorter",
  },
  "a yes with the token": {
    how: control("approve", yes("ana")),
    origin: TOKEN,
    status: "completed",
    said: "send by api (with the API token): but shorter",
  },
  "a yes through the gateway": {
    how: control("approve", yes("ana")),
    origin: GATEWAY,
    status: "completed",
    said: "send by Bo (gateway user 7) (through the gateway): but shorter",
  },
  "a yes at a terminal": {
    how: control("approve", yes("ana")),
    origin: TERMINAL,
    status: "completed",
    said: "send by ana (at a terminal): but shorter",
  },
  "a yes that an agent passes on": {
    how: control("approve", yes("ana")),
    origin: AGENT,
    status: "completed",
    said: "send by ana (reported by agent:main:main): but shorter",
  },
  "a yes by a tool": {
    how: control("approve", yes("ana")),
    origin: TOOL,
    status: "completed",
    said: "send by ana (reported by agent:main:main): but shorter",
  },
  "a yes of a program": {
    how: control("approve", yes("ana")),
    origin: PROGRAM,
    status: "completed",
    said: "send by ana (through a program): but shorter",
  },
  "a no, with work behind it that goes on": {
    how: control("reject", { by: "ana", message: "too long" }),
    origin: AGENT,
    onFailure: "continue",
    status: "failed",
    said: "drop by ana (reported by agent:main:main): too long",
  },
  "no answer in time, block": {
    how: tick,
    later: 120_000,
    status: "failed",
    unanswered: "ok: nobody answered in time",
  },
  "no answer in time, continue": {
    how: tick,
    later: 120_000,
    onFailure: "continue",
    status: "failed",
    unanswered: "ok: nobody answered in time",
  },
  "no answer in time, skip": {
    how: tick,
    later: 120_000,
    onFailure: "skip",
    status: "failed",
    unanswered: "ok: nobody answered in time",
  },
  "skipped by an agent": {
    how: control("skip", { by: "helper", message: "agent goes on" }),
    origin: AGENT,
    status: "skipped",
    unanswered: 'ok: bypassed by helper (reported by agent:main:main), skipped without an answer: "agent goes on"',
  },
  "skipped by an owner": {
    how: control("skip", { by: "x" }),
    origin: OWNER,
    status: "skipped",
    unanswered: "ok: bypassed by telegram:1 (in the chat), skipped without an answer",
  },
  "set to skipped": {
    how: transition("skipped"),
    origin: AGENT,
    status: "skipped",
    unanswered:
      'bypassed by agent:main:main (reported by agent:main:main), skipped without an answer: "agent says yes"',
  },
  "set to completed": {
    how: transition("completed"),
    origin: AGENT,
    status: "completed",
    unanswered: "set to completed without an answer",
  },
  "set to failed, with work behind it that goes on": {
    how: transition("failed", "rejected by ana"),
    origin: AGENT,
    onFailure: "continue",
    status: "failed",
    unanswered: "set to failed without an answer",
  },
  "set to running": { how: transition("running"), origin: AGENT, status: "running" },
  "asked again": { how: transition("ready"), origin: AGENT, status: "ready" },
  "tried again": { how: control("retry", { by: "x" }), origin: AGENT, status: "ready" },
  "the run is cancelled": {
    how: (call) => call("runs.control", { runId: "demo", action: "cancel", by: "x" } as never),
    origin: AGENT,
    status: "skipped",
  },
};

describe("an approval that leaves its waiting state", () => {
  it.each(Object.entries(WAYS))("tells the truth about who has answered: %s", (_name, way) => {
    const { sandbox, as } = useGate(way.approval, way.onFailure);
    expect(way.how(as(way.origin, way.later))).toBe("ok");
    const node = sandbox.state("demo").nodes.find(({ id }) => id === "ok");
    expect(node?.status).toBe(way.status);
    const { said, unanswered } = way;
    const brief = sandbox.ok("brief", "demo", "pub").stdout;
    expect(brief.includes("What the person said"), brief).toBe(said !== undefined);
    if (said !== undefined) expect(brief).toContain(said);
    expect(brief.includes("Approvals that nobody answered"), brief).toBe(unanswered !== undefined);
    if (unanswered !== undefined) expect(brief).toContain(unanswered);
    const shown = JSON.stringify(sandbox.ok("next", "demo", "--json").json);
    if (unanswered !== undefined || said === undefined) expect(shown).not.toContain('"said"');

    const isBypassed = unanswered?.includes("without an answer") === true;
    expect(node?.bypassed === undefined).toBe(!isBypassed);
    expect(node?.answer === undefined).toBe(said === undefined);
    const text = sandbox.ok("show", "demo", "--text").stdout.replace(/\s+/g, " ");
    expect(text.includes(`${way.status}, bypassed`)).toBe(isBypassed);
    expect(sandbox.ok("list", "--text").stdout.includes("1 bypassed")).toBe(isBypassed);
    const { runs } = sandbox.ok("list", "--json").json as { runs: { bypassed: number }[] };
    expect(runs[0]?.bypassed).toBe(isBypassed ? 1 : 0);
    expect(sandbox.events("demo").some(({ bypass }) => bypass !== undefined)).toBe(isBypassed);
    const isHeldUp = isBypassed && way.origin?.sender === undefined;
    expect(sandbox.ok("attention").stdout.includes("NOBODY ANSWERED")).toBe(isHeldUp);
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("is carried over by a fork as it was", () => {
    const answered = useGate();
    answered.as(ANA)("runs.control", { runId: "demo", action: "approve", nodeId: "ok", patch: { choice: "send" } });
    answered.sandbox.ok("fork", "demo", "--from", "pub", "--run-id", "again");
    expect(answered.sandbox.ok("brief", "again", "pub").stdout).toContain("send by telegram:4242 (in the chat)");
    const bypassed = useGate();
    bypassed.as(AGENT)("runs.control", { runId: "demo", action: "skip", nodeId: "ok", by: "x" });
    bypassed.sandbox.ok("fork", "demo", "--from", "pub", "--run-id", "again");
    expect(bypassed.sandbox.ok("brief", "again", "pub").stdout).toContain("bypassed by x");
    expect(bypassed.sandbox.ok("compare", "demo", "again", "--json").json).toMatchObject({
      nodes: expect.arrayContaining([
        expect.objectContaining({
          nodeId: "ok",
          a: expect.objectContaining({ bypassed: expect.any(String) as string }),
        }),
      ]) as object[],
    });
  });

  it("is reported at the end with what nobody answered", () => {
    const { sandbox, as } = useGate();
    as(AGENT)("runs.control", { runId: "demo", action: "skip", nodeId: "ok", by: "x" });
    for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "pub", to);
    expect(sandbox.ok("next", "demo").stdout).toContain("no answer: ok bypassed by x");
    expect(sandbox.ok("stats", "flow").stdout).toContain("1 approval bypassed");
  });
});

describe("after a no", () => {
  const ways: [string, (call: Caller) => string][] = [
    ["skip", control("skip", { by: "x" })],
    ["set to ready, then skipped", (call) => [transition("ready")(call), control("skip", { by: "x" })(call)].join()],
    [
      "tried again, then completed",
      (call) => [control("retry", { by: "x" })(call), transition("skipped")(call)].join(),
    ],
    [
      "taken out of the way",
      (call) => call("runs.control", { runId: "demo", action: "rewire_node", nodeId: "pub", patch: { needs: [] } }),
    ],
  ];
  it.each(ways)("an agent does not go on: %s", (_name, how) => {
    for (const origin of [AGENT, TOOL, { via: "cli" } as const]) {
      const { sandbox, as } = useGate();
      control("reject", { by: "ana", message: "no!" })(as(ANA));
      expect(how(as(origin))).toContain("not_allowed");
      expect(sandbox.getStatus("demo", "pub")).toBe("pending");
    }
  });

  it.each([
    ["an owner in the chat", OWNER],
    ["the dashboard", PAGE],
    ["a terminal", TERMINAL],
  ])("a person may, and it is shown: %s", (_name, origin) => {
    const { sandbox, as } = useGate();
    control("reject", { by: "ana" })(as(ANA));
    expect(control("skip", { by: "x" })(as(origin))).toBe("ok");
    expect(sandbox.ok("show", "demo", "--text").stdout).toContain("bypassed by");
  });

  it("a line of control.jsonl does not go on either", () => {
    const { sandbox, as } = useGate();
    control("reject", { by: "ana" })(as(ANA));
    sandbox.append("runs/demo/control.jsonl", '{"id":"z","action":"skip","nodeId":"ok","actor":"dashboard"}\n');
    sandbox.ok("tick", "demo");
    expect(sandbox.getStatus("demo", "pub")).toBe("pending");
  });
});

it("tells when an answer was given", () => {
  const { sandbox, as } = useGate();
  control("approve", yes("x"))(as(ANA));
  const at = sandbox.state("demo").nodes.find(({ id }) => id === "ok")?.answer?.at;
  expect(parseMicros(at)).toBeGreaterThan(0);
});
