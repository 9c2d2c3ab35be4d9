import { beforeEach, describe, expect, it } from "vitest";
import { MAX_CHAT_LENGTH } from "../../../plugin/conversation/reply-text.ts";
import { handleTasksCommand } from "../../../plugin/conversation/tasks-command.ts";
import type { ChatCommandCall } from "../../../plugin/host/register/register-command.ts";
import type { OperationCaller } from "../../../plugin/operations/operation-caller.ts";
import { OTHER_TOPIC, SmallLedger, TOPIC } from "../support/small-ledger.ts";

const DIRECT = "agent:main:main";

let ledger: SmallLedger;
const call = (args: string, more: Partial<ChatCommandCall> = {}): ChatCommandCall => ({
  args,
  word: "tasks",
  sessionKey: TOPIC,
  channel: "telegram",
  isOwner: false,
  isShared: true,
  ...more,
});
const say = (args: string, more: Partial<ChatCommandCall> = {}): Promise<string> =>
  handleTasksCommand(call(args, more), ledger.call);
const shortId = (label: string): string => ledger.named(label).taskId.split("-").at(-1) ?? "";

beforeEach(() => {
  ledger = new SmallLedger();
});

describe("the /tasks list", () => {
  it("shows the tasks requested in this conversation, active ones first", async () => {
    ledger.start("alpha");
    ledger.start("beta");
    ledger.end("beta");
    ledger.start("gamma", OTHER_TOPIC);

    const lines = (await say("")).split("\n");
    expect(lines[0]).toBe("Tasks of this conversation: 1 active, 1 ended");
    expect(lines[1]).toMatch(new RegExp(`^▶️ alpha \\(${shortId("alpha")}\\): starting, \\d+s$`));
    expect(lines[2]).toMatch(/^✅ beta \(.*\): done, not reported, \d+s ago$/);
    expect(lines).toHaveLength(4);
  });

  it("does not match another conversation whose key has the same prefix", async () => {
    ledger.start("alpha");
    expect(await say("", { sessionKey: OTHER_TOPIC })).toBe("No tasks of this conversation. Everything: /tasks all");
  });

  it("shows the owner every task, in private or on request", async () => {
    ledger.start("alpha");
    ledger.start("gamma", OTHER_TOPIC);
    const owner = { isOwner: true, sessionKey: DIRECT };
    expect(await say("", { ...owner, isShared: false })).toContain("Tasks: 2 active");
    expect(await say("", owner)).toContain("No tasks of this conversation");
    expect(await say("all", owner)).toContain("Tasks: 2 active");
    expect(await say("all")).toContain("Only the owner");
  });

  it("fits in one message for any number and length of names", async () => {
    for (let n = 0; n < 30; n += 1) ledger.start(`${n} ${"very long name ".repeat(20)}`);
    const text = await say("");
    expect(text.length).toBeLessThanOrEqual(MAX_CHAT_LENGTH);
    expect(text).toMatch(/and \d+ more/);
    expect(text).toContain("30 active");
  });

  it("escapes hostile names", async () => {
    ledger.start("\u001b[31m<b>x</b> [click](http://evil) `rm` @everyone \u202ereversed\n/tasks cancel **1**");
    const [, line] = (await say("")).split("\n");
    expect(line).toContain("‹b›x‹/b› (click)(http://evil) 'rm' (at)everyone");
    // eslint-disable-next-line no-control-regex -- that none is left is the point
    expect(line).not.toMatch(/[\u0000-\u001f\u202e<>`[\]]/);
    expect((await say("")).split("\n")).toHaveLength(3);
  });
});

describe("a task in /tasks", () => {
  it("is shown by the last part of its id", async () => {
    ledger.start("alpha");
    const text = await say(`show ${shortId("alpha")}`);
    expect(text).toContain("▶️ alpha");
    expect(text).toContain("Kind: subagent");
    expect(text).toContain("do alpha");
  });

  it("is not found, and cannot be changed, from another conversation", async () => {
    ledger.start("gamma", OTHER_TOPIC);
    for (const command of ["show", "cancel", "retry", "dismiss"]) {
      const text = await say(`${command} ${shortId("gamma")}`);
      expect(text).toBe(`⚠️ task not found: ${shortId("gamma")} (task_not_found)\n/tasks`);
    }
    expect(await say(`notify ${shortId("gamma")} silent`)).toContain("task_not_found");
    // Two tasks fit this beginning, and neither is theirs.
    ledger.start("delta", OTHER_TOPIC);
    expect(await say("show t-")).toContain("task_not_found");
    expect(ledger.named("gamma")).toMatchObject({ notify: "done_only", cancel: null });
    expect(await say(`show ${shortId("gamma")}`, { isOwner: true })).toContain("▶️ gamma");
  });

  it("can have its notifications changed", async () => {
    ledger.start("alpha");
    expect(await say(`notify ${shortId("alpha")} silent`)).toContain("you hear nothing");
    expect(ledger.named("alpha").notify).toBe("silent");
  });

  it("can be cancelled only while it is active", async () => {
    ledger.start("alpha");
    ledger.end("alpha");
    expect(await say(`cancel ${shortId("alpha")}`)).toContain("task_over");
  });

  it("is looked up by name even if the name looks like an option", async () => {
    const text = await say("show --registry-root=/etc");
    expect(text).toContain("task not found: --registry-root=/etc");
    expect(ledger.asked.at(-1)).toEqual(["tasks.show", { task: "--registry-root=/etc" }]);
  });
});

describe("the /tasks command", () => {
  it("shows help under the command name that was used", async () => {
    expect(await say("help", { word: "jobs" })).toContain("/jobs cancel ID");
    expect(await say("dance")).toMatch(/^I did not get that: .*\n\/tasks: /);
  });

  it("lists what needs attention", async () => {
    ledger.start("alpha");
    ledger.end("alpha", "error");
    expect(await say("attention")).toMatch(/^(Nothing needs attention\.|1 need somebody)/);
  });

  it("reports an error when the ledger does not respond", async () => {
    const dead: OperationCaller = () => Promise.resolve({ error: { code: "internal", message: "worker gone" } });
    expect(await handleTasksCommand(call(""), dead)).toContain("worker gone (internal)");
  });
});
