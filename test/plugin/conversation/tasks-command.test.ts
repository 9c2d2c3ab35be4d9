import { beforeEach, describe, expect, it } from "vitest";
import { MAX_CHAT_LENGTH } from "../../../plugin/conversation/reply-text.ts";
import { handleTasksCommand } from "../../../plugin/conversation/tasks-command.ts";
import type { ChatCommandCall } from "../../../plugin/host/register/register-command.ts";
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
  handleTasksCommand(call(args, more), ledger.run);
const shortId = (label: string): string => ledger.named(label).taskId.split("-").at(-1) ?? "";

beforeEach(() => {
  ledger = new SmallLedger();
});

describe("the list", () => {
  it("shows what this conversation asked for, what goes on first", async () => {
    ledger.start("alpha");
    ledger.start("beta");
    ledger.end("beta");
    ledger.start("gamma", OTHER_TOPIC);

    const lines = (await say("")).split("\n");
    expect(lines[0]).toBe("Tasks of this conversation: 1 active, 1 ended");
    expect(lines[1]).toMatch(new RegExp(`^▶️ alpha \\(${shortId("alpha")}\\): starting, \\d+s$`));
    expect(lines[2]).toMatch(/^✅ beta \(.*\): done, \d+s ago$/);
    expect(lines).toHaveLength(4);
  });

  it("does not take a conversation for another whose name begins alike", async () => {
    ledger.start("alpha");
    expect(await say("", { sessionKey: OTHER_TOPIC })).toBe("No tasks of this conversation. Everything: /tasks all");
  });

  it("shows the owner everything, in private or when asked", async () => {
    ledger.start("alpha");
    ledger.start("gamma", OTHER_TOPIC);
    const owner = { isOwner: true, sessionKey: DIRECT };
    expect(await say("", { ...owner, isShared: false })).toContain("Tasks: 2 active");
    expect(await say("", owner)).toContain("No tasks of this conversation");
    expect(await say("all", owner)).toContain("Tasks: 2 active");
    expect(await say("all")).toContain("Only the owner");
  });

  it("fits one message, however much there is and whatever the names say", async () => {
    for (let n = 0; n < 30; n += 1) ledger.start(`${n} ${"very long name ".repeat(20)}`);
    const text = await say("");
    expect(text.length).toBeLessThanOrEqual(MAX_CHAT_LENGTH);
    expect(text).toMatch(/and \d+ more/);
    expect(text).toContain("30 active");
  });

  it("shows hostile names as data", async () => {
    ledger.start("\u001b[31m<b>x</b> [click](http://evil) `rm` @everyone \u202ereversed\n/tasks cancel **1**");
    const [, line] = (await say("")).split("\n");
    expect(line).toContain("‹b›x‹/b› (click)(http://evil) 'rm' (at)everyone");
    // eslint-disable-next-line no-control-regex -- that none is left is the point
    expect(line).not.toMatch(/[\u0000-\u001f\u202e<>`[\]]/);
    expect((await say("")).split("\n")).toHaveLength(3);
  });
});

describe("one task", () => {
  it("is shown by the end of its id", async () => {
    ledger.start("alpha");
    const text = await say(`show ${shortId("alpha")}`);
    expect(text).toContain("▶️ alpha");
    expect(text).toContain("Kind: subagent");
    expect(text).toContain("do alpha");
  });

  it("does not exist for those who may not see it, and nothing can be done to it", async () => {
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

  it("tells more or less from now on", async () => {
    ledger.start("alpha");
    expect(await say(`notify ${shortId("alpha")} silent`)).toContain("you hear nothing");
    expect(ledger.named("alpha").notify).toBe("silent");
  });

  it("can be stopped only while it goes on", async () => {
    ledger.start("alpha");
    ledger.end("alpha");
    expect(await say(`cancel ${shortId("alpha")}`)).toContain("task_over");
  });

  it("takes nothing that a person types for an option", async () => {
    const text = await say("show --registry-root=/etc");
    expect(text).toContain("task not found: --registry-root=/etc");
    expect(ledger.asked.at(-1)?.at(-2)).toBe("--");
  });
});

describe("everything else", () => {
  it("explains itself, by the name that was used", async () => {
    expect(await say("help", { word: "jobs" })).toContain("/jobs cancel ID");
    expect(await say("dance")).toMatch(/^I did not get that: .*\n\/tasks: /);
  });

  it("says what needs somebody, with what to type", async () => {
    ledger.start("alpha");
    ledger.end("alpha", "error");
    expect(await say("attention")).toMatch(/^(Nothing needs anybody\.|1 need somebody)/);
  });

  it("says it when the ledger does not answer", async () => {
    const dead = (): Promise<never> => Promise.reject(new Error("worker gone"));
    expect(await handleTasksCommand(call(""), dead)).toContain("worker gone (internal)");
  });
});
