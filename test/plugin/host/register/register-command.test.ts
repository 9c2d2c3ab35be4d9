import { describe, expect, it, vi } from "vitest";
import type { PluginApi } from "../../../../plugin/host/plugin-api.ts";
import { type ChatCommandCall, registerCommand } from "../../../../plugin/host/register/register-command.ts";

type Registered = Parameters<PluginApi["registerCommand"]>[0];

function registered(answer: (call: ChatCommandCall) => Promise<string>): { command: Registered; errors: string[] } {
  const errors: string[] = [];
  const commands: Registered[] = [];
  const api = {
    registerCommand: (one: Registered) => commands.push(one),
    logger: { error: (text: string) => errors.push(text) },
  };
  registerCommand(api as unknown as PluginApi, { name: "tasks", menuName: "jobs", description: "Work", answer });
  const [command] = commands;
  if (command === undefined) throw new Error("nothing was registered");
  return { command, errors };
}

async function received(ctx: object): Promise<ChatCommandCall> {
  const answer = vi.fn((_call: ChatCommandCall) => Promise.resolve("ok"));
  await registered(answer).command.handler({ isAuthorizedSender: true, channel: "telegram", ...ctx });
  const call = answer.mock.calls[0]?.[0];
  if (call === undefined) throw new Error("the command was not asked");
  return call;
}

describe("a chat command", () => {
  it("answers only authorized senders and uses its own name in menus", async () => {
    const answer = vi.fn(() => Promise.resolve("secret"));
    const { command } = registered(answer);
    expect(command).toMatchObject({
      name: "tasks",
      nativeNames: { default: "jobs" },
      acceptsArgs: true,
      requireAuth: true,
    });
    for (const ctx of [{}, { isAuthorizedSender: false }, { isAuthorizedSender: "yes" }, undefined])
      expect((await command.handler(ctx)).text).toContain("not authorized");
    expect(answer).not.toHaveBeenCalled();
  });

  it("never throws into the gateway", async () => {
    const { command, errors } = registered(() => Promise.reject(new Error("boom")));
    expect((await command.handler({ isAuthorizedSender: true })).text).toContain("did not work");
    expect(errors.join()).toContain("boom");
  });

  it.each([
    ["/tasks show x", "tasks"],
    ["/Jobs@bot", "jobs"],
    ["", "tasks"],
  ])("knows the name it was called by: %j", async (commandBody, word) => {
    expect(await received({ commandBody })).toMatchObject({ word });
  });

  it.each([
    ["agent:main:telegram:group:-100:topic:7", true],
    ["agent:main:discord:channel:15", true],
    ["agent:main:main", false],
    ["agent:main:telegram:direct:4242", false],
  ])("knows whether the conversation is shared: %s", async (sessionKey, isShared) => {
    expect(await received({ sessionKey })).toMatchObject({ isShared, sessionKey });
  });

  it.each([
    [["telegram:4242"], true],
    [["4242"], true],
    [["telegram:user:4242"], true],
    [["discord:4242"], false],
    [["telegram:42"], false],
    [["*"], false],
    [["telegram:*"], false],
    [undefined, false],
    ["telegram:4242", false],
  ])("treats the sender as an owner with %j: %s", async (ownerAllowFrom, isOwner) => {
    expect(await received({ senderId: "4242", config: { commands: { ownerAllowFrom } } })).toMatchObject({ isOwner });
  });

  it("determines ownership from the scopes of gateway clients", async () => {
    expect(await received({ gatewayClientScopes: ["operator.admin"] })).toMatchObject({ isOwner: true });
    const owner = { senderId: "4242", config: { commands: { ownerAllowFrom: ["telegram:4242"] } } };
    expect(await received({ ...owner, gatewayClientScopes: ["operator.read"] })).toMatchObject({ isOwner: false });
  });
});
