import { describe, expect, it } from "vitest";
import type { PluginApi } from "../../plugin/host/plugin-api.ts";
import { wordsAfter } from "../../plugin/host/register/register-cli.ts";
import { type MethodAnswer, registerMethods } from "../../plugin/host/register/register-methods.ts";
import { registerTools } from "../../plugin/host/register/register-tools.ts";

function quietApi<Part extends keyof PluginApi>(
  part: Part,
  take: PluginApi[Part],
): { api: PluginApi; errors: string[] } {
  const errors: string[] = [];
  const api = { [part]: take, logger: { error: (text: string) => errors.push(text) } };
  return { api: api as unknown as PluginApi, errors };
}

describe("a gateway method", () => {
  const asked = async (answer: () => Promise<MethodAnswer>): Promise<{ said: unknown[]; errors: string[] }> => {
    const said: unknown[] = [];
    let handle: Parameters<PluginApi["registerGatewayMethod"]>[1] | undefined;
    const { api, errors } = quietApi("registerGatewayMethod", (_name, handler) => (handle = handler));
    registerMethods(api, [{ name: "clawtask.x", scope: "operator.read", answer }]);
    await handle?.({ params: null, respond: (...words) => said.push(...words) });
    return { said, errors };
  };

  it("answers with a document, or with an error code and a suggested fix", async () => {
    expect((await asked(() => Promise.resolve({ document: { a: 1 } }))).said).toEqual([true, { a: 1 }]);
    const error = { code: "task_not_found", message: "no", next: "look" };
    expect((await asked(() => Promise.resolve({ error }))).said).toEqual([
      false,
      undefined,
      { code: "task_not_found", message: "no", details: { code: "task_not_found", next: "look" } },
    ]);
  });

  it("never throws into the gateway", async () => {
    const { said, errors } = await asked(() => Promise.reject(new Error("boom")));
    expect(said).toMatchObject([false, undefined, { code: "internal" }]);
    expect(errors.join()).toContain("boom");
  });
});

describe("an agent tool", () => {
  it("takes its caller only from the host, answers in compact JSON and never throws", async () => {
    let factory: Parameters<PluginApi["registerTool"]>[0] | undefined;
    const { api, errors } = quietApi("registerTool", (given) => (factory = given));
    const words = { label: "X", description: "x", parameters: {} };
    registerTools(api, [
      { ...words, name: "who", answer: (params, caller) => Promise.resolve({ params, caller }) },
      { ...words, name: "boom", answer: () => Promise.reject(new Error("boom")) },
    ]);
    const [who, boom] = factory?.({ sessionKey: "s", senderIsOwner: "yes" }) ?? [];

    const answer = await who?.execute("1", { sessionKey: "forged", isOwner: true });
    expect(answer?.content).toEqual([{ type: "text", text: JSON.stringify(answer?.details) }]);
    expect(answer?.details).toMatchObject({ caller: { sessionKey: "s", isOwner: false } });
    expect((await boom?.execute("2", undefined))?.details).toMatchObject({ ok: false, error: { code: "internal" } });
    expect(errors.join()).toContain("boom");
  });
});

describe("wordsAfter", () => {
  it.each([
    [
      ["node", "openclaw", "clawtask", "tasks", "list", "--json"],
      ["tasks", "list", "--json"],
    ],
    [
      ["node", "openclaw", "--profile", "x", "clawtask", "show", "clawtask"],
      ["show", "clawtask"],
    ],
    [["node", "openclaw", "clawtask"], []],
    [["node", "/opt/clawtask", "clawtask", "--help"], ["--help"]],
  ])("reads %j", (argv, words) => {
    expect(wordsAfter("clawtask", argv)).toEqual(words);
  });
});
