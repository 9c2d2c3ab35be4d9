import { describe, expect, it } from "vitest";
import type { EventOrigin } from "../../../../registry-helper/model/event-origin.ts";
import {
  AGENT,
  ANA,
  type Caller,
  control,
  GATEWAY,
  MEMBER,
  OWNER,
  PAGE,
  PROGRAM,
  TERMINAL,
  TOKEN,
  TOOL,
  transition,
  useGate,
  yes,
} from "../../../support/approval-gate.ts";

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
