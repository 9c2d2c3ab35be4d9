import { describe, expect, it } from "vitest";
import type { EventOrigin } from "../../../../registry-helper/model/event-origin.ts";
import { parseMicros, wallClock } from "../../../../registry-helper/model/time.ts";
import { callOperation } from "../../../../registry-helper/operations/call-operation.ts";
import type { OperationName } from "../../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../../registry-helper/operations/operation-context.ts";
import type { OperationInput } from "../../../../registry-helper/operations/operation-types.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const AGENT: EventOrigin = { via: "cli", session: "agent:main:main" };
const TOOL: EventOrigin = { via: "tool", session: "agent:main:main" };
const ANA: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:4242", role: "requester" } };
const OWNER: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:1", role: "owner" } };
const MEMBER: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:777", role: "member" } };
const PAGE: EventOrigin = { via: "dashboard", sender: { id: "dashboard", role: "operator" } };
const TOKEN: EventOrigin = { via: "api", sender: { id: "api", role: "operator" } };
const GATEWAY: EventOrigin = {
  via: "gateway",
  sender: { id: "gateway:7", name: "Bo (gateway user 7)", role: "operator" },
};
const TERMINAL: EventOrigin = { via: "terminal" };
const PROGRAM: EventOrigin = { via: "library" };

/** A question with a choice between, work behind it, and a report before it. */
function workflow(approval: string, onFailure: string): string {
  return `---
workflowId: flow
title: Gate
nodes:
  - { id: draft, title: Draft, kind: session_turn, outputs: { mode: notify } }
  - id: ok
    title: Ok
    kind: approval
    needs: [draft]
    onFailure: ${onFailure}
    approval: { question: "Publish?", expiresAfterMs: 60000, ${approval} }
    outputs: { mode: notify }
  - { id: pub, title: Pub, kind: subagent, needs: [ok], prompt: Publish., outputs: { mode: notify } }
---
`;
}

interface Gate {
  sandbox: RegistrySandbox;
  as: (origin: EventOrigin | undefined, later?: number) => Caller;
}
type Caller = <Name extends OperationName>(name: Name, input: OperationInput<Name>) => string;

/** A run whose question has been asked. */
function useGate(approval = "choices: [send, draft, drop]", onFailure = "block"): Gate {
  const sandbox = useSandbox();
  sandbox.workflow("flow", workflow(approval, onFailure));
  const context = '{"channel":"telegram","to":"telegram:4242"}';
  sandbox.scaffold("demo", "workflows/flow.task.md", "--delivery-context-json", context);
  for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "draft", to);
  sandbox.ok("claim", "demo", "ok");
  const as: Gate["as"] = (origin, later = 0) => {
    const now = (): number => wallClock() + later * 1000;
    const registry = openRegistry({ root: sandbox.root, now, ...(origin === undefined ? {} : { origin }) });
    return (name, input) => {
      const result = callOperation(createOperationContext(registry, { actor: origin?.session }), name, input);
      return "error" in result ? result.error.code : "ok";
    };
  };
  return { sandbox, as };
}

const control =
  (action: string, more: object = {}) =>
  (call: Caller): string =>
    call("runs.control", { runId: "demo", nodeId: "ok", action, ...more } as never);
const transition =
  (to: string, message = "agent says yes") =>
  (call: Caller): string =>
    call("runs.transition-node", { runId: "demo", nodeId: "ok", status: to, message } as never);
const tick = (call: Caller): string => call("runs.tick", { runId: "demo" });

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

const yes = (by: string): object => ({ by, patch: { choice: "send" }, message: "but shorter" });

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

const VERIFIED = "choices: [send, draft, drop], authority: verified";

describe("an approval that only a verified answer opens", () => {
  /** Who opens it, and who does not. */
  const callers: [string, EventOrigin, string][] = [
    ["the person of the chat", ANA, "ok"],
    ["an owner", OWNER, "ok"],
    ["the dashboard", PAGE, "ok"],
    ["the token", TOKEN, "ok"],
    ["a person of the gateway", GATEWAY, "ok"],
    ["somebody else in the room", MEMBER, "approval_unverified"],
    [
      "the other side of another direct chat",
      { ...ANA, sender: { id: "telegram:9", role: "requester" } },
      "approval_unverified",
    ],
    ["an agent", AGENT, "approval_unverified"],
    ["a tool", TOOL, "approval_unverified"],
    ["a script", { via: "cli" }, "approval_unverified"],
    ["a terminal", TERMINAL, "approval_unverified"],
    ["a program", PROGRAM, "approval_unverified"],
  ];
  const actions: [string, (call: Caller) => string, boolean][] = [
    ["approve", control("approve", yes("ana")), true],
    ["reject", control("reject", { by: "ana" }), true],
    ["skip", control("skip", { by: "ana" }), false],
    ["set to completed", transition("completed"), false],
    ["set to skipped", transition("skipped"), false],
    ["set to failed", transition("failed"), false],
  ];

  it.each(
    actions.flatMap(([action, how, isAnswer]) =>
      callers.map(([who, ...rest]) => [action, who, how, isAnswer, ...rest] as const),
    ),
  )("%s by %s", (_action, who, how, isAnswer, origin, expected) => {
    const { sandbox, as } = useGate(VERIFIED);
    // Whoever may answer may not for that go around the question.
    const wanted = isAnswer || who !== "the person of the chat" ? expected : "approval_unverified";
    expect(how(as(origin))).toBe(wanted);
    expect(sandbox.getStatus("demo", "ok") === "waiting").toBe(wanted !== "ok");
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("keeps an answer that an agent passes on as a report, and says how the person answers", () => {
    const { sandbox } = useGate(VERIFIED);
    const args = ["approve", "demo", "ok", "--by", "ana", "--choice", "send", "--message", "yes"];
    const { code, stderr } = sandbox.call({ args, env: { CLAWTASK_SESSION_KEY: "agent:main:main" } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("/run approve demo ok <send|draft>")]);
    const node = sandbox.state("demo").nodes.find(({ id }) => id === "ok");
    expect(node).toMatchObject({ status: "waiting", reported: { choice: "send", by: "ana", words: "yes" } });
    expect(node).not.toHaveProperty("answer");
    expect(sandbox.ok("attention").stdout).toContain("reported, and not counted: send by ana");
    const next = sandbox.ok("next", "demo").stdout;
    expect(next).toContain("/run approve demo ok <send|draft>");
    expect(next).not.toContain("--by <who>");
    expect(sandbox.ok("brief", "demo", "pub").stdout).not.toContain("What the person said");
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("takes no answer from control.jsonl, and keeps it as a report", () => {
    const { sandbox } = useGate(VERIFIED);
    const line = { id: "z", action: "approve", nodeId: "ok", actor: "dashboard", patch: { choice: "send" } };
    sandbox.append("runs/demo/control.jsonl", `${JSON.stringify(line)}\n`);
    sandbox.ok("tick", "demo");
    expect(sandbox.state("demo").nodes.find(({ id }) => id === "ok")).toMatchObject({
      status: "waiting",
      reported: { by: "dashboard", via: "file" },
    });
  });

  it("may name who answers: others are refused, whatever they may do otherwise", () => {
    const { sandbox, as } = useGate("choices: [send, draft, drop], approvers: ['telegram:777']");
    for (const origin of [ANA, OWNER, PAGE, AGENT])
      expect(control("approve", yes("ana"))(as(origin))).toBe("approval_unverified");
    expect(control("approve", yes("x"))(as(MEMBER))).toBe("ok");
    expect(sandbox.getStatus("demo", "pub")).toBe("ready");
  });

  it("is what the registry's settings say where the workflow says nothing, for runs under way too", () => {
    const { sandbox, as } = useGate();
    sandbox.write(".settings.json", '{"approvals":{"authority":"verified"}}');
    expect(control("approve", yes("ana"))(as(AGENT))).toBe("approval_unverified");
    expect(sandbox.ok("next", "demo").stdout).toContain("/run approve demo ok");
    // Settings that cannot be read were meant to hold something off.
    sandbox.write(".settings.json", "{");
    expect(control("approve", yes("ana"))(as(AGENT))).toBe("approval_unverified");
    const own = useGate("choices: [send, drop], authority: reported");
    own.sandbox.write(".settings.json", '{"approvals":{"authority":"verified"}}');
    expect(control("approve", yes("ana"))(own.as(AGENT))).toBe("ok");
  });

  it.each([
    ["telegram:4242", "telegram:4242", "ok"],
    ["4242", "telegram:4242", "ok"],
    ["user:4242", "discord:4242", "ok"],
    ["discord:user:4242", "discord:4242", "ok"],
    ["telegram:-100:topic:77", "telegram:77", "approval_unverified"],
    ["telegram:-77", "telegram:77", "approval_unverified"],
    ["channel:77", "discord:77", "approval_unverified"],
  ])("knows the person of a direct chat by its route: %s, %s", (to, id, expected) => {
    const { sandbox, as } = useGate(VERIFIED);
    sandbox.scaffold(
      "other",
      "workflows/flow.task.md",
      "--delivery-context-json",
      JSON.stringify({ channel: "telegram", to }),
    );
    const call = as({ via: "chat", sender: { id, role: "requester" } });
    sandbox.ok("skip", "other", "draft");
    const patch = { choice: "send" };
    expect(call("runs.control", { runId: "other", nodeId: "ok", action: "approve", patch })).toBe(expected);
  });

  it("does not take another requester because its run reports elsewhere", () => {
    const { sandbox, as } = useGate(VERIFIED);
    sandbox.ok("bind", "demo", "route", "--value", "telegram:telegram:9");
    const other: EventOrigin = { via: "chat", sender: { id: "telegram:9", role: "requester" } };
    expect(control("approve", yes("x"))(as(other))).toBe("approval_unverified");
    expect(control("approve", yes("x"))(as(ANA))).toBe("ok");
  });
});

it("tells when an answer was given", () => {
  const { sandbox, as } = useGate();
  control("approve", yes("x"))(as(ANA));
  const at = sandbox.state("demo").nodes.find(({ id }) => id === "ok")?.answer?.at;
  expect(parseMicros(at)).toBeGreaterThan(0);
});
